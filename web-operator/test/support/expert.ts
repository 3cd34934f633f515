/** The expert's side of the sealed messages, for tests: opens knocks and calls, makes records and rosters. */
import { concat, same, type Bytes } from '../../src/seal/bytes.ts';
import { ZERO16, ZERO32, type Role } from '../../src/seal/codes.ts';
import { newSignKey, sign, signKeyFromSeed, verify, type SignKey } from '../../src/seal/ed25519.ts';
import { newSealKey, recipient, type SealKey } from '../../src/seal/hpke.ts';
import {
  commitment,
  encodeRecord,
  inviteSecrets,
  sealRecord,
  type InviteRecord,
  type InviteSecrets,
} from '../../src/seal/invite.ts';
import {
  callContext,
  decodeBody,
  exportsOf,
  knockContext,
  slotAddress,
  type Callee,
  type RequestBody,
  type RequestContext,
  type SessionExports,
} from '../../src/seal/knock.ts';
import { random, sha256 } from '../../src/seal/kdf.ts';
import { wrapKey } from '../../src/doc/keys.ts';
import {
  decodeEntry,
  makeEntry,
  sessionOf,
  type Entry,
  type EntryKind,
  type Wrap,
} from '../../src/doc/roster-entry.ts';

export interface OpenedRequest {
  readonly id: Bytes;
  readonly body: RequestBody;
  readonly exports: SessionExports;
}

export class Expert {
  readonly chain: Bytes[] = [];
  #head!: Entry;
  #key = random(32);
  readonly #expertsKey = random(32);

  private constructor(
    readonly peer: SignKey,
    readonly seal: SealKey,
    readonly slot: SignKey,
    readonly name: string,
  ) {}

  static async found(name = 'Ana'): Promise<Expert> {
    const expert = new Expert(await newSignKey(), await newSealKey(), await newSignKey(), name);
    await expert.#begin();
    return expert;
  }

  /** The same with keys that never change, for golden bytes. */
  static async golden(seed: number, seal: SealKey): Promise<Expert> {
    const key = (n: number) => signKeyFromSeed(new Uint8Array(32).fill(seed + n));
    const expert = new Expert(await key(0), seal, await key(1), 'Ana');
    expert.#key = new Uint8Array(32).fill(seed + 2);
    return expert;
  }

  get sid(): Bytes {
    return this.#head.n === 0n ? sessionOf(this.#head) : this.#head.sid;
  }

  get epoch(): bigint {
    return this.#head.epoch;
  }

  get epochKey(): Bytes {
    return this.#key;
  }

  get head(): Entry {
    return this.#head;
  }

  get callee(): Callee {
    return { peerKey: this.peer.publicKey, sealPublic: this.seal.publicKey, slotPublic: this.slot.publicKey };
  }

  async #begin(): Promise<void> {
    const { seal, slot, name } = this;
    await this.#append(
      { t: 'genesis', succession: false, seal: seal.publicKey, slot: slot.publicKey, name },
      1n,
      [
        await wrapKey(this.#key, this.#me(), ZERO16, 1n, 'all'),
        await wrapKey(this.#expertsKey, this.#me(), ZERO16, 1n, 'experts'),
      ],
    );
  }

  #me(): { peer: Bytes; seal: Bytes } {
    return { peer: this.peer.publicKey, seal: this.seal.publicKey };
  }

  /** Signs an entry that follows the newest one. */
  async append(kind: EntryKind, epoch: bigint, wraps: readonly Wrap[]): Promise<void> {
    await this.#append(kind, epoch, wraps);
  }

  async #append(kind: EntryKind, epoch: bigint, wraps: readonly Wrap[]): Promise<void> {
    const first = this.chain.length === 0;
    const bytes = await makeEntry(this.peer, {
      sid: first ? ZERO16 : this.sid,
      n: BigInt(this.chain.length),
      prev: first ? ZERO32 : this.#head.hash,
      term: 1n,
      epoch,
      kind,
      wraps,
    });
    this.chain.push(bytes);
    this.#head = await decodeEntry(bytes);
  }

  async admit(request: OpenedRequest, role: Role = 'operator'): Promise<void> {
    const { peerKey: peer, sealPublic: seal, slotPublic: slot, name } = request.body;
    const wraps = [await wrapKey(this.#key, { peer, seal }, this.sid, this.epoch, 'all')];
    await this.#append({ t: 'admit', peer, seal, slot, name, role, knockId: request.id }, this.epoch, wraps);
  }

  async remove(peer: Bytes): Promise<void> {
    this.#key = random(32);
    const epoch = this.epoch + 1n;
    await this.#append({ t: 'remove', peer, cuts: [] }, epoch, [
      await wrapKey(this.#key, this.#me(), this.sid, epoch, 'all'),
      await wrapKey(random(32), this.#me(), this.sid, epoch, 'experts'),
    ]);
  }

  /** Fresh keys for these members and the expert. */
  async rekey(members: readonly { peer: Bytes; seal: Bytes }[]): Promise<void> {
    this.#key = random(32);
    const epoch = this.epoch + 1n;
    const wraps = [await wrapKey(random(32), this.#me(), this.sid, epoch, 'experts')];
    for (const member of [this.#me(), ...members]) {
      wraps.push(await wrapKey(this.#key, member, this.sid, epoch, 'all'));
    }
    await this.#append({ t: 'rekey' }, epoch, wraps);
  }

  async invite(change: Partial<InviteRecord> = {}): Promise<TestInvite> {
    const salt = random(32);
    const link = await commitment(this.peer.publicKey, salt);
    const secrets = await inviteSecrets(link);
    const inviteKey = await newSealKey();
    const record: InviteRecord = {
      version: 1n,
      sid: this.sid,
      expertKey: this.peer.publicKey,
      salt,
      inviteKey: inviteKey.publicKey,
      role: 'operator',
      notBefore: 0n,
      notAfter: 2n ** 62n,
      uses: 1,
      knockAddress: await slotAddress(this.slot.publicKey),
      rendezvous: ['https://help.example'],
      lan: [],
      name: this.name,
      ...change,
    };
    return { link, secrets, inviteKey, record, sealed: await this.sealRecord(secrets, record) };
  }

  async sealRecord(secrets: InviteSecrets, record: InviteRecord, signer = this.peer): Promise<Bytes> {
    const signed = encodeRecord(record);
    return sealRecord(secrets, signed, await sign(signer, 'record', concat(secrets.inviteId, signed)));
  }

  async openKnock(invite: TestInvite, message: Bytes): Promise<OpenedRequest | null> {
    const { secrets, record } = invite;
    if (message[0] !== 1 || !same(message.slice(1, 17), secrets.inviteId)) return null;
    const context = knockContext(secrets, record.sid, record.inviteKey, record.knockAddress);
    return openRequest('knock', context, invite.inviteKey, message.slice(17));
  }

  async openCall(message: Bytes): Promise<OpenedRequest | null> {
    if (message[0] !== 4) return null;
    const epoch = new DataView(message.buffer, message.byteOffset).getBigUint64(1);
    const context = await callContext(this.sid, epoch, this.#key, this.callee);
    return openRequest('call', context, this.seal, message.slice(9));
  }
}

export interface TestInvite {
  readonly link: Bytes;
  readonly secrets: InviteSecrets;
  readonly inviteKey: SealKey;
  readonly record: InviteRecord;
  readonly sealed: Bytes;
}

/** enc ‖ ct of a knock or call. */
export async function openRequest(
  label: 'knock' | 'call',
  { info, psk, aad, context }: RequestContext,
  key: SealKey,
  rest: Bytes,
): Promise<OpenedRequest | null> {
  const enc = rest.slice(0, 32);
  const box = rest.slice(32);
  const hpke = await recipient(key, enc, info, psk);
  const plain = await hpke?.open(box, aad);
  if (hpke === null || plain === null || plain === undefined) return null;
  const { body, signed, signature } = decodeBody(plain);
  if (!(await verify(body.peerKey, label, concat(context, enc, signed), signature))) return null;
  return { id: await sha256(enc, box), body, exports: await exportsOf(hpke) };
}
