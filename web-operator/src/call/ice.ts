/** Where a connection asks for its own address as others see it. */

/**
 * The rendezvous answers STUN on the UDP port with the number of its TCP port, so the page's own host is
 * enough. Without a host (a file opened from disk) there is nothing to ask.
 */
export function iceServersFor(pageHost: string): RTCIceServer[] {
  if (pageHost === '') {
    return [];
  }
  const hasPort = /:\d+$/.test(pageHost);
  return [{ urls: `stun:${pageHost}${hasPort ? '' : ':443'}` }];
}
