/** A switchboard in memory: the frames of the real one, for one expert and any number of pages. */
import { Reader, Writer, concat, hex, type Bytes } from '../../src/seal/bytes.ts';
import { verify } from '../../src/seal/ed25519.ts';
import { random } from '../../src/seal/kdf.ts';
import { slotAddress } from '../../src/seal/knock.ts';
import { EXPERT_LANE } from '../../src/seal/waiting.ts';
import { REASONS, type RefusedReason } from '../../src/switchboard/frames.ts';
import type { Dial, TransportEvents } from '../../src/switchboard/transport.ts';

interface Client {
  readonly events: TransportEvents;
  readonly nonce: Bytes;
  readonly addresses: Set<string>;
  order: Promise<void>;
}

interface Slot {
  readonly address: string;
  readonly items: Map<bigint, Bytes>;
}

/** An item of a mailbox. */
export interface FakeMail {
  readonly name: Bytes;
  readonly label: { readonly kind: number; readonly epoch: bigint; readonly audience: number };
  bytes: Bytes;
  number: bigint;
  whole: boolean;
  /** Slot key of who put it. */
  readonly writer: Bytes;
}

const HOST = 'help.example';

export class FakeRendezvous {
  up = true;
  readonly records = new Map<string, { version: bigint; record: Bytes }>();
  readonly slots = new Map<string, Slot>();
  readonly #clients = new Set<Client>();
  /** Who hears what is sent to an address, beside the pages. */
  readonly experts = new Map<string, (payload: Bytes) => void>();
  /** Bytes of items that a waiting room holds. */
  room = Number.POSITIVE_INFINITY;
  refused = 0;
  /** Mailboxes that somebody opened, by hex id. */
  readonly boxes = new Map<string, FakeMail[]>();
  /** The organisation's limit. */
  fileBytes = 1024 ** 3;
  /** For tests that lose the way in the middle: an item that may not be put gets no answer. */
  mayPut(): boolean {
    return true;
  }
  /** Every payload that passed. */
  readonly seen: Bytes[] = [];

  readonly dial: Dial = (_base, events) => {
    const client: Client = { events, nonce: random(32), addresses: new Set(), order: Promise.resolve() };
    if (!this.up) {
      queueMicrotask(() => events.closed());
      return { send: () => undefined, close: () => undefined };
    }
    this.#clients.add(client);
    queueMicrotask(() => {
      const welcome = new Writer()
        .u8(0x81)
        .u32(0)
        .u8(1)
        .raw(client.nonce)
        .str(HOST)
        .raw(random(16))
        .u64(0n)
        .u32(1);
      events.frame(welcome.done());
    });
    return {
      send: (frame) => {
        client.order = client.order.then(() => this.#onFrame(client, frame));
      },
      close: () => this.#close(client),
    };
  };

  /** Ends every connection; with `up` false nobody comes back. */
  cut(): void {
    for (const client of [...this.#clients]) this.#close(client);
  }

  /** A sealed message to whoever listens. */
  deliver(to: Bytes, payload: Bytes): boolean {
    this.seen.push(payload);
    const address = hex(to);
    const expert = this.experts.get(address);
    expert?.(payload);
    let heard = expert !== undefined;
    for (const { addresses, events } of this.#clients) {
      if (!addresses.has(address)) continue;
      heard = true;
      events.frame(new Writer().u8(0x84).u32(0).raw(to).bytes(payload).done());
    }
    return heard;
  }

  /** The experts' side writes into a waiting room. */
  putAsExpert(inviteId: Bytes, slotAddress: Bytes, item: Bytes): void {
    const slot = this.slots.get(hex(slotAddress));
    if (slot === undefined) throw new Error('no such slot');
    const n = EXPERT_LANE + BigInt([...slot.items.keys()].filter((key) => key >= EXPERT_LANE).length);
    slot.items.set(n, item);
    for (const { addresses, events } of this.#clients) {
      if (!addresses.has(slot.address)) continue;
      events.frame(new Writer().u8(0x89).u32(0).raw(inviteId).raw(slotAddress).u64(n).bytes(item).done());
    }
  }

  #close(client: Client): void {
    if (this.#clients.delete(client)) client.events.closed();
  }

  async #onFrame(client: Client, frame: Bytes): Promise<void> {
    if (!this.#clients.has(client)) return;
    const r = new Reader(frame);
    const type = r.u8();
    const req = r.u32();
    const done = () => client.events.frame(new Writer().u8(0x82).u32(req).done());
    const refuse = (reason: RefusedReason) =>
      client.events.frame(new Writer().u8(0x83).u32(req).u8(REASONS[reason]).done());
    const holds = async (key: Bytes, label: string): Promise<boolean> => {
      const fields = frame.slice(5, frame.length - 64);
      const input = concat(client.nonce, new Writer().str(HOST).done(), fields);
      return verify(key, label, input, frame.slice(-64));
    };
    switch (type) {
      case 0x01: {
        const key = r.raw(32);
        if (!(await holds(key, 'listen'))) {
          refuse('bad-signature');
          return;
        }
        client.addresses.add(hex(await slotAddress(key)));
        done();
        return;
      }
      case 0x02: {
        const to = r.raw(16);
        if (this.deliver(to, r.bytes(48 * 1024))) done();
        else refuse('nobody-listens');
        return;
      }
      case 0x04: {
        const found = this.records.get(hex(r.raw(16)));
        if (found === undefined) {
          refuse('not-found');
          return;
        }
        const { version, record } = found;
        client.events.frame(new Writer().u8(0x85).u32(req).u64(version).bytes(record).done());
        return;
      }
      case 0x06: {
        r.raw(16);
        const address = hex(await slotAddress(r.raw(32)));
        if (!this.slots.has(address)) this.slots.set(address, { address, items: new Map() });
        done();
        return;
      }
      case 0x07: {
        r.raw(16);
        const slot = this.slots.get(hex(r.raw(16)));
        const n = r.u64();
        const item = r.bytes(64 * 1024);
        if (!(await holds(r.raw(32), 'put item'))) {
          refuse('bad-signature');
          return;
        }
        if (slot === undefined) {
          refuse('not-found');
          return;
        }
        const known = slot.items.get(n);
        if (known !== undefined && hex(known) !== hex(item)) {
          refuse('conflict');
          return;
        }
        if (!this.mayPut()) return;
        const held = [...slot.items.values()].reduce((sum, { length }) => sum + length, 0);
        if (known === undefined && held + item.length > this.room) {
          this.refused += 1;
          refuse('quota');
          return;
        }
        slot.items.set(n, item);
        done();
        return;
      }
      case 0x08: {
        r.raw(16);
        const slot = this.slots.get(hex(r.raw(16)));
        r.opt((x) => x.u64());
        const after = r.opt((x) => x.u64());
        if (!(await holds(r.raw(32), 'get items'))) {
          refuse('bad-signature');
          return;
        }
        const items = [...(slot?.items ?? [])].filter(
          ([n]) => n >= EXPERT_LANE && (after === null || n > after),
        );
        const w = new Writer().u8(0x86).u32(req).bool(false);
        client.events.frame(w.list(items, (x, [n, item]) => x.u64(n).bytes(item)).done());
        return;
      }
      case 0x0f: {
        const box = hex(r.raw(16));
        const name = r.raw(16);
        const label = { kind: r.u8(), epoch: r.u64(), audience: r.u8() };
        const size = r.u32();
        const offset = r.u32();
        const bytes = r.bytes(60 * 1024);
        const key = r.raw(32);
        const mails = this.boxes.get(box);
        if (!(await holds(key, 'put part'))) refuse('bad-signature');
        else if (mails === undefined) refuse('not-found');
        else if (mails.some((mail) => mail.whole && hex(mail.name) === hex(name))) refuse('conflict');
        else {
          const known = mails.find((mail) => hex(mail.name) === hex(name));
          const mail = known ?? { name, label, bytes: concat(), number: 0n, whole: false, writer: key };
          if (known === undefined) mails.push(mail);
          mail.bytes = concat(mail.bytes.slice(0, offset), bytes);
          mail.whole = mail.bytes.length === size;
          if (mail.whole) mail.number = BigInt(mails.filter(({ whole }) => whole).length);
          client.events.frame(new Writer().u8(0x8c).u32(req).u32(mail.bytes.length).bool(mail.whole).done());
        }
        return;
      }
      case 0x10: {
        const mails = this.boxes.get(hex(r.raw(16)));
        const name = hex(r.raw(16));
        const mail = mails?.find((one) => hex(one.name) === name);
        const there = mail?.bytes.length ?? 0;
        client.events.frame(
          new Writer()
            .u8(0x8c)
            .u32(req)
            .u32(there)
            .bool(mail?.whole ?? false)
            .done(),
        );
        return;
      }
      case 0x11: {
        const mails = this.boxes.get(hex(r.raw(16)));
        const after = r.u64();
        if (mails === undefined) {
          refuse('not-found');
          return;
        }
        const listed = await Promise.all(
          mails
            .filter(({ whole, number }) => whole && number > after)
            .map(async (mail) => ({ ...mail, address: await slotAddress(mail.writer) })),
        );
        const w = new Writer().u8(0x8d).u32(req).bool(false);
        w.list(listed, (x, { number, name, label, bytes, address }) =>
          x
            .u64(number)
            .raw(name)
            .u8(label.kind)
            .u64(label.epoch)
            .u8(label.audience)
            .u32(bytes.length)
            .raw(address),
        );
        client.events.frame(w.done());
        return;
      }
      case 0x12: {
        const mails = this.boxes.get(hex(r.raw(16)));
        const name = hex(r.raw(16));
        const offset = r.u32();
        const mail = mails?.find((one) => hex(one.name) === name);
        if (mail === undefined) {
          refuse('not-found');
          return;
        }
        const part = mail.bytes.slice(offset, offset + 60 * 1024);
        client.events.frame(
          new Writer().u8(0x8e).u32(req).u32(mail.bytes.length).u32(offset).bytes(part).done(),
        );
        return;
      }
      case 0x0c: {
        const policy = JSON.stringify({ policy: JSON.stringify({ limits: { file_bytes: this.fileBytes } }) });
        client.events.frame(new Writer().u8(0x8a).u32(req).str(policy).done());
        return;
      }
      default:
        client.events.frame(new Writer().u8(0x87).u32(req).done());
    }
  }
}
