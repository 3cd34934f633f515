/** Items of the waiting room: sealed to the knock and its number, so that none moves or repeats. */
import { Malformed, Writer, concat, type Bytes } from './bytes.ts';
import { seal, unseal } from './kdf.ts';
import { ITEM } from './limits.ts';

/** The experts' lane begins here; the holder's numbers are below. */
export const EXPERT_LANE = 2n ** 63n;

const ITEM_KINDS = { knock: 0, sealed: 1, reply: 2 } as const;
const PAYLOADS = { envelope: 1, blob: 2 } as const;
const LABEL = 'waiting item';

/** What fits into an item, beside its kind, its payload's kind, salt and tag. */
export const ITEM_PAYLOAD = ITEM - 50;

export type WaitingItem =
  | { readonly kind: 'knock'; readonly message: Bytes }
  | { readonly kind: 'envelope'; readonly envelope: Bytes }
  | { readonly kind: 'blob'; readonly chunk: Bytes }
  | { readonly kind: 'reply'; readonly message: Bytes };

export type ItemProblem = 'too-large' | 'malformed' | 'does-not-open';

/** The knock itself lies in the slot as the holder's first item. */
export function knockItem(message: Bytes): Bytes {
  return concat(Uint8Array.of(ITEM_KINDS.knock), message);
}

export function sealEnvelopeItem(
  waitingKey: Bytes,
  knockId: Bytes,
  n: bigint,
  envelope: Bytes,
  salt?: Bytes,
): Promise<Bytes> {
  return sealItem(waitingKey, knockId, n, PAYLOADS.envelope, envelope, salt);
}

/**
 * `message` is one encoded blob message, a part of a manifest or a piece, of at most `ITEM_PAYLOAD` bytes. With a kept
 * salt the item comes out the same each time it is sent again.
 */
export async function sealBlobItem(
  waitingKey: Bytes,
  knockId: Bytes,
  n: bigint,
  message: Bytes,
  salt?: Bytes,
): Promise<Bytes> {
  if (message.length > ITEM_PAYLOAD) throw new Malformed('too-large');
  return sealItem(waitingKey, knockId, n, PAYLOADS.blob, message, salt);
}

async function sealItem(
  waitingKey: Bytes,
  knockId: Bytes,
  n: bigint,
  payload: number,
  content: Bytes,
  salt?: Bytes,
): Promise<Bytes> {
  const plain = concat(Uint8Array.of(payload), content);
  const box = await seal(waitingKey, LABEL, itemAad(knockId, n), plain, salt);
  return concat(Uint8Array.of(ITEM_KINDS.sealed), box);
}

export async function openItem(
  waitingKey: Bytes,
  knockId: Bytes,
  n: bigint,
  item: Bytes,
): Promise<WaitingItem | ItemProblem> {
  if (item.length > ITEM) return 'too-large';
  const rest = item.slice(1);
  switch (item[0]) {
    case ITEM_KINDS.knock:
      return { kind: 'knock', message: rest };
    case ITEM_KINDS.reply:
      return { kind: 'reply', message: rest };
    case ITEM_KINDS.sealed: {
      const plain = await unseal(waitingKey, LABEL, itemAad(knockId, n), rest);
      if (plain === null) return 'does-not-open';
      if (plain[0] === PAYLOADS.envelope) return { kind: 'envelope', envelope: plain.slice(1) };
      if (plain[0] === PAYLOADS.blob) return { kind: 'blob', chunk: plain.slice(1) };
      return 'malformed';
    }
    default:
      return 'malformed';
  }
}

function itemAad(knockId: Bytes, n: bigint): Bytes {
  return new Writer().raw(knockId).u64(n).done();
}
