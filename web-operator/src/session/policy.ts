/** The organisation's limits, as the rendezvous publishes them. */

/** Without an answer: what an organisation has that decided nothing. */
export const DEFAULT_FILE_BYTES = 1024 * 1024 * 1024;
/** A policy is a handful of numbers. */
const MAX_POLICY = 64 * 1024;
const TIMEOUT_MS = 10_000;

/** Largest file that may be sent. Never rejects. */
export async function fetchFileLimit(rendezvous: URL): Promise<number> {
  try {
    const answer = await fetch(new URL('/v1/policy', rendezvous), {
      credentials: 'omit',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = answer.ok ? await answer.text() : '';
    return text.length > MAX_POLICY ? DEFAULT_FILE_BYTES : fileLimitOf(text);
  } catch {
    return DEFAULT_FILE_BYTES;
  }
}

/** The limit in a policy's JSON; what isn't a limit changes nothing. */
export function fileLimitOf(json: string): number {
  try {
    const policy: unknown = JSON.parse(json);
    const limits = policy !== null && typeof policy === 'object' && 'limits' in policy ? policy.limits : null;
    if (limits === null || typeof limits !== 'object') return DEFAULT_FILE_BYTES;
    const bytes = 'max_file_bytes' in limits ? limits.max_file_bytes : null;
    return Number.isSafeInteger(bytes) && (bytes as number) >= 0 ? (bytes as number) : DEFAULT_FILE_BYTES;
  } catch {
    return DEFAULT_FILE_BYTES;
  }
}
