/** Mailbox items: the other implementation's fixtures read, and one of the page's own written for it. */
import { describe, expect, it } from 'vitest';
import { fromHex, hex, type Bytes } from '../src/seal/bytes.ts';
import type { Audience } from '../src/seal/codes.ts';
import { random } from '../src/seal/kdf.ts';
import { MAIL, MAIL_CHUNK } from '../src/seal/limits.ts';
import {
  boxId,
  chunkName,
  mailKind,
  manifestName,
  openMail,
  sealMail,
  type MailContent,
  type MailKind,
} from '../src/seal/mail.ts';
import { goldenFixture, readFixture, type FixtureCase } from './support/fixtures.ts';

const filled = (byte: number, length = 32): Bytes => new Uint8Array(length).fill(byte);

interface ItemCase extends FixtureCase {
  readonly op: 'item';
  readonly key: string;
  readonly box: string;
  readonly item_name: string;
  readonly kind: MailKind;
  readonly epoch: string;
  readonly audience: Audience;
  readonly sealed: string;
  readonly content?: string;
  readonly bytes?: string;
  readonly blob?: string;
  readonly index?: number;
}

interface NameCase extends FixtureCase {
  readonly op: 'box' | 'chunk' | 'manifest';
  readonly key: string;
  readonly of: string;
  readonly index: number;
  readonly out: string;
}

describe('mail', () => {
  it.each(readFixture<ItemCase | NameCase>('proto/mail.json').cases)('$name', async (c) => {
    const key = fromHex(c.key);
    if (c.op === 'box') {
      expect(hex(await boxId(key, fromHex(c.of)))).toBe(c.out);
      return;
    }
    if (c.op !== 'item') {
      const named = c.op === 'chunk' ? chunkName : manifestName;
      expect(hex(await named(key, fromHex(c.of), c.index))).toBe(c.out);
      return;
    }
    const [sealed, box] = [fromHex(c.sealed), fromHex(c.box)];
    const label = { kind: c.kind, epoch: BigInt(c.epoch), audience: c.audience };
    const opened = await openMail(sealed, box, fromHex(c.item_name), label, key);
    if (typeof opened === 'string') {
      expect(opened).toBe(c.reason);
      return;
    }
    expect([c.verdict, opened.kind, hex(opened.bytes)]).toEqual(['accepted', c.content, c.bytes]);
    if (opened.kind === 'chunk') expect([hex(opened.blob), opened.index]).toEqual([c.blob, c.index]);
    const again = await sealMail(opened, box, label.epoch, label.audience, key, sealed.slice(0, 32));
    expect(again).toEqual(sealed);
  });

  it('makes the same for the other side', async () => {
    const [key, box, blob] = [filled(0x21), await boxId(filled(0x22), filled(0x23, 16)), filled(0x24)];
    const contents: [string, MailContent, Bytes, Audience][] = [
      ['an envelope', { kind: 'envelope', bytes: filled(0xe5, 300) }, filled(1, 16), 'all'],
      ['nothing inside', { kind: 'envelope', bytes: filled(0, 0) }, filled(1, 16), 'all'],
      ['a roster entry', { kind: 'roster-entry', bytes: filled(0xc4, 251) }, filled(2, 16), 'experts'],
      [
        'a blob message',
        { kind: 'blob-message', bytes: filled(2, 600) },
        await manifestName(key, blob, 3),
        'all',
      ],
      [
        'a chunk',
        { kind: 'chunk', blob, index: 7, bytes: filled(0xb1, 5000) },
        await chunkName(key, blob, 7),
        'all',
      ],
      [
        'a chunk elsewhere',
        { kind: 'chunk', blob, index: 8, bytes: filled(1, 1) },
        await chunkName(key, blob, 7),
        'all',
      ],
    ];
    const cases: FixtureCase[] = [];
    for (const [name, content, itemName, audience] of contents) {
      const sealed = await sealMail(content, box, 3n, audience, key, filled(0x31));
      if (typeof sealed === 'string') throw new Error(sealed);
      const boxes: [string, Bytes, bigint][] = [
        [name, sealed, 3n],
        [`${name}, of another epoch`, sealed, 4n],
        [`${name}, altered`, sealed.map((byte, at) => (at === 40 ? byte ^ 1 : byte)), 3n],
      ];
      for (const [name, sealed, epoch] of boxes) {
        const label = { kind: mailKind(content), epoch, audience };
        const opened = await openMail(sealed, box, itemName, label, key);
        const judged =
          typeof opened === 'string'
            ? { verdict: 'refused', reason: opened }
            : { verdict: 'accepted', bytes: hex(opened.bytes) };
        const where = { key: hex(key), box: hex(box), item_name: hex(itemName) };
        const made = { ...label, epoch: epoch.toString(), sealed: hex(sealed) };
        cases.push({ name, ...where, ...made, ...judged });
      }
    }
    goldenFixture('web/mail.json', { note: 'Mailbox items by the page.', cases });
  });

  it('has a size for everything that fits, and refuses the rest', async () => {
    const [key, box, blob] = [filled(1), filled(2, 16), filled(3)];
    const length = async (content: MailContent) => (await sealMail(content, box, 1n, 'all', key)).length;
    const chunk = (size: number): MailContent => ({ kind: 'chunk', blob, index: 0, bytes: filled(1, size) });
    expect(await length(chunk(1))).toBe(await length(chunk(4096)));
    expect(await length(chunk(70_000))).toBe(await length(chunk(131_072)));
    expect(await length(chunk(MAIL_CHUNK))).toBeLessThan(MAIL);
    expect(await sealMail(chunk(MAIL_CHUNK + 1), box, 1n, 'all', key)).toBe('wrong-size');
    expect(await sealMail(chunk(0), box, 1n, 'all', key)).toBe('wrong-size');
    const large: MailContent = { kind: 'envelope', bytes: filled(1, MAIL) };
    expect(await sealMail(large, box, 1n, 'all', key)).toBe('wrong-size');
    expect(
      await openMail(filled(0, MAIL + 1), box, random(16), { kind: 'blob', epoch: 1n, audience: 'all' }, key),
    ).toBe('wrong-size');
  });
});
