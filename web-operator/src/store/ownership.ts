/** One tab of a browser owns a session; others see it and may take it over ("use here"). */

export interface Ownership {
  release(): void;
}

/**
 * Null when another tab owns the session. With `take`, that tab loses it: its `lost` is called.
 * Browsers without Web Locks behave as if there were one tab.
 */
export function own(key: string, take: boolean, lost: () => void): Promise<Ownership | null> {
  const locks = (globalThis.navigator as { locks?: LockManager } | undefined)?.locks;
  if (locks === undefined) return Promise.resolve({ release: () => undefined });
  return new Promise((resolve) => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((done) => (release = done));
    let owned = false;
    let released = false;
    const options: LockOptions = take ? { steal: true } : { ifAvailable: true };
    locks
      .request(`sightline/${key}`, options, (lock) => {
        if (lock === null) {
          resolve(null);
          return undefined;
        }
        owned = true;
        resolve({
          release: () => {
            released = true;
            release();
          },
        });
        return held;
      })
      .catch(() => {
        // The browser rejects the request of the tab it was taken from.
        if (!owned) resolve(null);
        else if (!released) lost();
      });
  });
}

/** Asks the browser not to evict what is stored; a refusal changes nothing. */
export async function askToPersist(): Promise<boolean> {
  try {
    return await navigator.storage.persist();
  } catch {
    return false;
  }
}
