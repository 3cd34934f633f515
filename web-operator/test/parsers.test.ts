/** Whatever bytes come: every parser gives a value or a refusal, and what it takes it writes the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Malformed,
  Reader,
  Writer,
  base64url,
  concat,
  fromBase64url,
  fromHex,
  hex,
  type Bytes,
} from '../src/seal/bytes.ts';
import { parseFragment } from '../src/seal/invite.ts';
import { cleanName } from '../src/seal/name.ts';
import { openReply } from '../src/seal/reply.ts';
import { parseTrickled } from '../src/seal/trickle.ts';
import { decodeEnvelope } from '../src/doc/envelope.ts';
import { genesisChange } from '../src/doc/genesis.ts';
import { prescan } from '../src/doc/prescan/prescan.ts';
import { decodeEntry } from '../src/doc/roster-entry.ts';
import { Assembler, decodeSync, encodeSync, fragment } from '../src/doc/sync.ts';
import { isForbidden } from '../src/session/candidate.ts';
import { parseControl } from '../src/session/control.ts';
import { checkSdp } from '../src/session/sdp.ts';
import { FrameSplitter, decodeServerFrame, prefixed } from '../src/switchboard/frames.ts';

const bytes = (maxLength = 300) => fc.uint8Array({ maxLength }).map((raw): Bytes => new Uint8Array(raw));
/** Sound bytes with a few of them changed, cut or repeated: past the first checks. */
const nearly = (sound: Bytes) =>
  fc
    .tuple(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(sound.length))
    .map(([edits, cut]): Bytes => {
      const out = sound.slice();
      for (const [at, byte] of edits) out[at] = byte;
      return edits.length % 2 === 0 ? out : out.slice(0, cut);
    });

/** The value, or null for a refusal; anything else thrown is a defect. */
function refusable<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(Malformed);
    return null;
  }
}

describe('text forms', () => {
  it('hex and base64url come back', () => {
    fc.assert(
      fc.property(bytes(), (raw) => {
        expect(fromHex(hex(raw))).toEqual(raw);
        expect(fromBase64url(base64url(raw))).toEqual(raw);
      }),
    );
  });

  it('base64url has one form', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const raw = refusable(() => fromBase64url(text));
        if (raw !== null) expect(base64url(raw)).toBe(text);
      }),
    );
  });

  it('a fragment is a link or a reason', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const link = parseFragment(text);
        if (typeof link !== 'string') expect(link).toHaveLength(16);
      }),
    );
  });

  it('a cleaned name stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (raw) => {
        const name = cleanName(raw);
        expect(cleanName(name)).toBe(name);
      }),
    );
  });
});

describe('wire structures', () => {
  it('what was written is read', () => {
    const fields = fc.record({
      n: fc.bigInt(0n, 2n ** 64n - 1n),
      text: fc.string({ unit: 'grapheme', maxLength: 50 }),
      raw: bytes(50),
      flag: fc.boolean(),
      list: fc.array(fc.nat(0xffff_ffff), { maxLength: 5 }),
      maybe: fc.option(bytes(5)),
    });
    fc.assert(
      fc.property(fields, ({ n, text, raw, flag, list, maybe }) => {
        const w = new Writer().u64(n).str(text).bytes(raw).bool(flag);
        w.list(list, (x, item) => x.u32(item)).opt(maybe, (x, value) => x.bytes(value));
        const r = new Reader(w.done());
        expect(r.u64()).toBe(n);
        expect(r.str(1000)).toBe(text);
        expect(r.bytes(100)).toEqual(raw);
        expect(r.bool()).toBe(flag);
        expect(r.list(5, (x) => x.u32())).toEqual(list);
        expect(r.opt((x) => x.bytes(5))).toEqual(maybe);
        r.end();
      }),
    );
  });

  it('a length of 4 GiB costs nothing', () => {
    expect(() => new Reader(new Uint8Array(4).fill(0xff)).bytes(0xffff_ffff)).toThrow(Malformed);
    expect(() => new Reader(new Uint8Array(4).fill(0xff)).list(0xffff_ffff, (r) => r.u8())).toThrow(
      Malformed,
    );
  });
});

describe('parsers take or refuse', () => {
  it('switchboard frames', () => {
    fc.assert(fc.property(bytes(), (raw) => void refusable(() => decodeServerFrame(raw))));
  });

  it('streams of frames, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(bytes(40), { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (frames, step) => {
        const stream = concat(...frames.map(prefixed));
        const splitter = new FrameSplitter();
        const out: Bytes[] = [];
        for (let at = 0; at < stream.length; at += step)
          out.push(...splitter.push(stream.slice(at, at + step)));
        expect(out).toEqual(frames);
      }),
    );
  });

  it('sync messages, and writes the same', () => {
    fc.assert(
      fc.property(bytes(), (raw) => {
        const message = refusable(() => decodeSync(raw));
        if (message !== null) expect(encodeSync(message)).toEqual(raw);
      }),
    );
  });

  it('fragments', () => {
    fc.assert(
      fc.property(fc.nat(60_000), (length) => {
        const message = new Uint8Array(length).fill(7);
        const assembler = new Assembler();
        const parts = fragment(message);
        expect(parts.map((part) => assembler.push(part)).at(-1)).toEqual(message);
      }),
      { numRuns: 10 },
    );
    fc.assert(
      fc.property(fc.array(bytes(20)), (parts) => {
        const assembler = new Assembler();
        for (const part of parts) refusable(() => assembler.push(part));
      }),
    );
  });

  it('roster entries', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(), async (raw) => {
        await decodeEntry(raw).catch((error: unknown) => expect(error).toBeInstanceOf(Malformed));
      }),
    );
  });

  it('envelopes', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(), async (raw) => {
        await decodeEnvelope(raw);
      }),
    );
  });

  it('change chunks, also nearly sound ones', async () => {
    const chunks = fc.oneof(bytes(), nearly(genesisChange('room')), nearly(genesisChange('text')));
    await fc.assert(
      fc.asyncProperty(chunks, async (raw) => {
        await prescan(raw);
      }),
      { numRuns: 500 },
    );
  });

  it('replies', async () => {
    const key = new Uint8Array(32);
    await fc.assert(
      fc.asyncProperty(bytes(), async (raw) => {
        const id = new Uint8Array(32);
        expect(await openReply('knock', key, id, concat(Uint8Array.of(2), id, raw))).toBeTypeOf('string');
      }),
    );
  });

  it('control and trickle messages', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parseControl(text);
      }),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          bytes(),
          fc.json().map((text): Bytes => new TextEncoder().encode(text)),
        ),
        (raw) => {
          parseTrickled(raw);
        },
      ),
    );
  });

  it('session descriptions and candidates', () => {
    const lines = fc.constantFrom(
      'v=0',
      'm=audio 9 X 1',
      'a=mid:0',
      'a=setup:actpass',
      'a=group:BUNDLE 0',
      'a=bundle-only',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(lines, fc.string())), (all) => {
        checkSdp(all.join('\r\n'));
      }),
    );
    fc.assert(
      fc.property(fc.string(), (line) => {
        isForbidden(line, false);
      }),
    );
  });
});
