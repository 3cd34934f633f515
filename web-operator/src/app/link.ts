/** Reading an invite link that a person pasted. */

const FRAGMENT = /#[A-Za-z0-9_-]+/;

/** The fragment in a pasted text, with its '#', or null. */
export function fragmentOf(text: string): string | null {
  const found = FRAGMENT.exec(text)?.[0];
  if (found !== undefined) {
    return found;
  }
  const bare = text.trim();
  return /^[A-Za-z0-9_-]{22}$/.test(bare) ? `#${bare}` : null;
}

/** The whole link when it leads to another place than this page's, or null. */
export function otherOrigin(text: string, ownOrigin: string): string | null {
  const written = /https:\/\/[^\s]+/.exec(text)?.[0];
  if (written === undefined) {
    return null;
  }
  try {
    const link = new URL(written);
    return link.origin === ownOrigin || link.hash === '' ? null : link.href;
  } catch {
    return null;
  }
}
