/** The signed hello that binds a link to its two peers and to both DTLS fingerprints. */
import { base64url, concat, fromBase64url, type Bytes } from './bytes.ts';
import { VERSION } from './codes.ts';
import { sign, verify, type SignKey } from './ed25519.ts';

export type Side = 'offerer' | 'answerer';

/** What a hello is about; `own` and `remote` as the signer sees them. */
export interface HelloContext {
  readonly sid: Bytes;
  /** Knock or call id of this link. */
  readonly id: Bytes;
  readonly side: Side;
  readonly own: Bytes;
  readonly remote: Bytes;
}

export interface Hello {
  readonly t: 'hello';
  readonly v: number;
  readonly peer: string;
  readonly sig: string;
}

export async function makeHello(key: SignKey, context: HelloContext): Promise<Hello> {
  return {
    t: 'hello',
    v: VERSION,
    peer: base64url(key.publicKey),
    sig: base64url(await sign(key, 'hello', input(context))),
  };
}

export type HelloProblem = 'malformed' | 'unsupported-version' | 'bad-signature';

/** The peer key that signed, or why not. `context` is the signer's view: sides and prints swapped. */
export async function verifyHello(hello: Hello, context: HelloContext): Promise<Bytes | HelloProblem> {
  if (hello.v !== VERSION) return 'unsupported-version';
  let peer: Bytes;
  let signature: Bytes;
  try {
    peer = fromBase64url(hello.peer);
    signature = fromBase64url(hello.sig);
  } catch {
    return 'malformed';
  }
  if (peer.length !== 32 || signature.length !== 64) return 'malformed';
  return (await verify(peer, 'hello', input(context), signature)) ? peer : 'bad-signature';
}

function input(c: HelloContext): Bytes {
  return concat(c.sid, c.id, Uint8Array.of(c.side === 'offerer' ? 1 : 2), c.own, c.remote);
}
