/** Candidates of the other side that are dropped before the browser sees them. */

/** Loopback, multicast and unspecified addresses would point the browser at this device or at everybody. */
export function isForbidden(candidate: string, allowLoopback: boolean): boolean {
  const address = candidate.replace(/^a=/, '').split(' ')[4]?.toLowerCase() ?? '';
  return isForbiddenAddress(address, allowLoopback);
}

/** The description without the lines of forbidden candidates. */
export function withoutForbidden(sdp: string, allowLoopback: boolean): string {
  return sdp
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('a=candidate:') || !isForbidden(line, allowLoopback))
    .join('\r\n');
}

function isForbiddenAddress(address: string, allowLoopback: boolean): boolean {
  if (!address.includes(':')) return isForbiddenV4(address, allowLoopback);
  const words = wordsOf(address);
  if (words === null) return true;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = words;
  const zeros = (a | b | c | d | e) === 0;
  // An IPv4 address in IPv6 clothes is judged as what it reaches.
  if (zeros && f === 0xffff) {
    return isForbiddenV4(`${g >> 8}.${g & 255}.${h >> 8}.${h & 255}`, allowLoopback);
  }
  if (zeros && f === 0 && g === 0 && h === 1) return !allowLoopback;
  return (zeros && f === 0) || a >> 8 === 0xff;
}

/** The eight words of an IPv6 address; null when it is none. */
function wordsOf(address: string): number[] | null {
  const embedded = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const plain =
    embedded === null
      ? address
      : `${embedded[1] ?? ''}${pair(embedded[2], embedded[3])}:${pair(embedded[4], embedded[5])}`;
  const halves = plain.split('::');
  if (halves.length > 2 || !/^[0-9a-f:]*$/.test(plain)) return null;
  const words = (half: string | undefined): number[] =>
    half === undefined || half === '' ? [] : half.split(':').map((word) => parseInt(word, 16));
  const head = words(halves[0]);
  const tail = words(halves[1]);
  const gap = 8 - head.length - tail.length;
  if (halves.length === 1 ? gap !== 0 : gap < 1) return null;
  return [...head, ...new Array<number>(gap).fill(0), ...tail];
}

function pair(high = '', low = ''): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}

/** Names (mDNS) are left to the browser. */
function isForbiddenV4(address: string, allowLoopback: boolean): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (match === null) return false;
  const first = Number(match[1]);
  if (first === 127) return !allowLoopback;
  return first === 0 || (first >= 224 && first <= 239) || address === '255.255.255.255';
}
