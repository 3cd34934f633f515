/** What the organisation decided, as far as the page goes by it. */
import { fromUtf8, type Bytes } from '../seal/bytes.ts';
import { FILE_BYTES } from '../seal/limits.ts';
import { RequestRefused, type Switchboard } from './client.ts';

/**
 * Bytes of one shared file. A rendezvous that knows no policy leaves it at the usual limit; when it
 * cannot be reached now, `RequestRefused` says so.
 */
export async function maxFileBytes(switchboard: Pick<Switchboard, 'request'>): Promise<number> {
  try {
    const answer = await switchboard.request({ t: 'get-policy' });
    return answer.t === 'policy' ? fileBytesOf(answer.policy) : FILE_BYTES;
  } catch (error) {
    if (error instanceof RequestRefused && error.reason === 'unknown-type') return FILE_BYTES;
    throw error;
  }
}

/** The limit in a policy's answer; the usual one where it says nothing usable. */
export function fileBytesOf(answer: Bytes): number {
  try {
    const outer: unknown = JSON.parse(fromUtf8(answer));
    const text = field(outer, 'policy');
    const bytes = typeof text === 'string' ? field(field(JSON.parse(text), 'limits'), 'file_bytes') : null;
    return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : FILE_BYTES;
  } catch {
    return FILE_BYTES;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
