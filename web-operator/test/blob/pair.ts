/** Two devices' blobs and a channel between them that can be cut, delayed and lied on. */
import { hex, type Bytes } from '../../src/seal/bytes.ts';
import { MemoryContents } from '../../src/blob/contents.ts';
import { Blobs } from '../../src/blob/engine.ts';
import { ManifestMaker, blobId, chunkCount } from '../../src/blob/manifest.ts';
import { CHUNK } from '../../src/blob/limits.ts';
import type { BlobState, FromBlobs, ToBlobs } from '../../src/blob/messages.ts';
import { MemoryRows } from '../../src/blob/rows.ts';

export class Device {
  readonly states = new Map<string, BlobState>();
  readonly taken = new Map<string, { blob: string; kept: boolean }>();
  readonly failed = new Map<string, string>();
  readonly answers = new Map<number, Blob | Bytes | null>();
  blobs: Blobs;
  free: number | null = null;
  /** What leaves over links; set by `connect`. */
  onSend: (link: number, message: Bytes) => void = () => undefined;
  sentBytes = 0;
  #req = 0;

  constructor(
    readonly contents = new MemoryContents(),
    readonly rows = new MemoryRows(),
    readonly session = 's',
  ) {
    this.blobs = this.#make();
  }

  #make(): Blobs {
    const blobs = new Blobs({
      post: (message, transfer) => {
        const data = structuredClone(message, { transfer });
        queueMicrotask(() => this.blobs === blobs && this.#heard(data));
      },
      store: Promise.resolve({ contents: this.contents, rows: this.rows }),
      free: () => Promise.resolve(this.free),
      now: () => Date.now(),
    });
    blobs.handle({ t: 'start', session: this.session });
    return blobs;
  }

  /** As if the page was killed: nothing is written down, what is stored stays. */
  restart(): void {
    this.states.clear();
    this.onSend = () => undefined;
    this.blobs = this.#make();
  }

  do(message: ToBlobs): void {
    this.blobs.handle(message);
  }

  name(blob: string, size: number, eager = true): void {
    this.do({ t: 'named', blobs: [{ blob, size, eager }] });
  }

  open(blob: string): Promise<Blob | null> {
    this.#req += 1;
    const req = this.#req;
    this.do({ t: 'open', req, blob });
    return this.#answer(req) as Promise<Blob | null>;
  }

  part(blob: string, part: { hashes: number } | { chunk: number; from: number }): Promise<Bytes | null> {
    this.#req += 1;
    const req = this.#req;
    this.do({ t: 'part', req, blob, part });
    return this.#answer(req) as Promise<Bytes | null>;
  }

  async #answer(req: number): Promise<Blob | Bytes | null> {
    while (!this.answers.has(req)) await new Promise((done) => setTimeout(done, 1));
    return this.answers.get(req) ?? null;
  }

  #heard(message: FromBlobs): void {
    switch (message.t) {
      case 'states':
        for (const state of message.states) this.states.set(state.blob, state);
        break;
      case 'taken':
        this.taken.set(message.take, message);
        break;
      case 'take-failed':
        this.failed.set(message.take, message.why);
        break;
      case 'opened':
        this.answers.set(message.req, message.file);
        break;
      case 'part':
        this.answers.set(message.req, message.message);
        break;
      case 'link-send':
        for (const bytes of message.messages) {
          this.sentBytes += bytes.length;
          this.onSend(message.link, bytes);
        }
        break;
      default:
    }
  }
}

let links = 0;

/** A channel between two devices; `change` may alter or drop a message on its way. */
export function connect(
  a: Device,
  b: Device,
  change: (message: Bytes, toB: boolean) => Bytes | null = (message) => message,
): { cut(): void } {
  links += 1;
  const link = links;
  let up = true;
  const way = (from: Device, to: Device, toB: boolean): void => {
    const before = from.onSend;
    from.onSend = (n, message) => {
      if (n !== link) {
        before(n, message);
        return;
      }
      if (!up) return;
      from.do({ t: 'link-took', link, bytes: message.length });
      const changed = change(message, toB);
      if (changed !== null) to.do({ t: 'link-data', link, data: changed });
    };
  };
  way(a, b, true);
  way(b, a, false);
  a.do({ t: 'link-up', link });
  b.do({ t: 'link-up', link });
  return {
    cut: () => {
      up = false;
      a.do({ t: 'link-down', link });
      b.do({ t: 'link-down', link });
    },
  };
}

/** Bytes that differ from chunk to chunk and from place to place. */
export function content(size: number, seed = 1): Bytes {
  const bytes = new Uint8Array(size);
  let x = seed * 2_654_435_761;
  for (let at = 0; at < size; at++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = x >>> 24;
  }
  return bytes;
}

export async function idOf(bytes: Bytes): Promise<string> {
  const maker = new ManifestMaker(bytes.length);
  for (let chunk = 0; chunk < chunkCount(bytes.length); chunk++) {
    await maker.chunk(bytes.slice(chunk * CHUNK, (chunk + 1) * CHUNK));
  }
  return hex(await blobId(maker.manifest()));
}
