/**
 * What a session description must be before a link is made of it: one sha-256 fingerprint, everything
 * bundled, one DTLS role. Only these lines are read here; the browser reads the rest, and the hello
 * binds the certificate that the connection really met.
 */
import { fromHex, same, utf8, type Bytes } from '../seal/bytes.ts';
import * as limits from '../seal/limits.ts';

export type Setup = 'actpass' | 'active' | 'passive';

export interface SdpFacts {
  readonly fingerprint: Bytes;
  readonly setup: Setup;
}

export type SdpProblem =
  | 'too-large'
  | 'malformed'
  | 'no-fingerprint'
  | 'other-hash'
  | 'several-fingerprints'
  | 'not-bundled'
  | 'setup'
  | 'wrong-setup';

const SETUPS: readonly string[] = ['actpass', 'active', 'passive'] satisfies Setup[];
const MAX_LINES = 2000;

export function checkOffer(sdp: string): SdpFacts | SdpProblem {
  const facts = checkSdp(sdp);
  return typeof facts !== 'string' && facts.setup !== 'actpass' ? 'wrong-setup' : facts;
}

export function checkAnswer(sdp: string): SdpFacts | SdpProblem {
  const facts = checkSdp(sdp);
  return typeof facts !== 'string' && facts.setup === 'actpass' ? 'wrong-setup' : facts;
}

export function checkSdp(sdp: string): SdpFacts | SdpProblem {
  const lines = sdp.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (utf8(sdp).length > limits.SDP || lines.length > MAX_LINES) return 'too-large';
  // A lone carriage return would hide a line from one parser and show it to another.
  if (lines[0] !== 'v=0' || sdp.includes('\0') || lines.some((line) => line.includes('\r'))) {
    return 'malformed';
  }
  const seen = new Seen();
  for (const line of lines) {
    const problem = seen.line(line);
    if (problem !== null) return problem;
  }
  return seen.finish();
}

class Seen {
  #fingerprint: Bytes | null = null;
  #setup: Setup | null = null;
  #bundled: readonly string[] | null = null;
  readonly #sections: { used: boolean; mid: string | null }[] = [];

  line(line: string): SdpProblem | null {
    if (line.startsWith('m=')) {
      const port = line.slice(2).split(' ')[1];
      if (port === undefined) return 'malformed';
      this.#sections.push({ used: port !== '0', mid: null });
      return null;
    }
    const section = this.#sections.at(-1);
    if (line === 'a=bundle-only') {
      // Port 0 with this line is a used section, only without a transport of its own.
      if (section === undefined) return 'malformed';
      section.used = true;
      return null;
    }
    const found = attribute(line);
    if (found === null) return null;
    const { name, value } = found;
    switch (name) {
      case 'fingerprint':
        return this.#readFingerprint(value.trim());
      case 'setup':
        return this.#readSetup(value.trim());
      case 'group':
        if (!value.startsWith('BUNDLE')) return null;
        // A second bundle is a second connection.
        if (this.#bundled !== null) return 'not-bundled';
        this.#bundled = value.slice('BUNDLE'.length).split(/\s+/).filter(Boolean);
        return null;
      case 'mid':
        // Also without a section, where it is undefined.
        if (section?.mid !== null) return 'malformed';
        section.mid = value;
        return null;
      default:
        return null;
    }
  }

  finish(): SdpFacts | SdpProblem {
    const bundled = this.#bundled;
    if (bundled === null) return 'not-bundled';
    const used = this.#sections.filter((section) => section.used);
    const allIn = used.every(({ mid }) => mid !== null && bundled.includes(mid));
    if (used.length === 0 || !allIn) return 'not-bundled';
    if (this.#fingerprint === null) return 'no-fingerprint';
    if (this.#setup === null) return 'setup';
    return { fingerprint: this.#fingerprint, setup: this.#setup };
  }

  #readFingerprint(value: string): SdpProblem | null {
    const space = value.indexOf(' ');
    if (space < 0) return 'malformed';
    if (value.slice(0, space).toLowerCase() !== 'sha-256') return 'other-hash';
    const pairs = value.slice(space + 1).trim();
    if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/i.test(pairs)) return 'malformed';
    const bytes = fromHex(pairs.replaceAll(':', ''));
    if (this.#fingerprint !== null && !same(this.#fingerprint, bytes)) return 'several-fingerprints';
    this.#fingerprint = bytes;
    return null;
  }

  #readSetup(value: string): SdpProblem | null {
    if (!SETUPS.includes(value)) return 'setup';
    if (this.#setup !== null && this.#setup !== value) return 'setup';
    this.#setup = value as Setup;
    return null;
  }
}

function attribute(line: string): { name: string; value: string } | null {
  const match = /^a=([^:]*):(.*)$/.exec(line);
  return match === null ? null : { name: (match[1] ?? '').trim().toLowerCase(), value: match[2] ?? '' };
}
