/** When something that is not there is taken for gone. */
import { useEffect, useState } from 'preact/hooks';

/** A file that is not on the shelf by then was taken back. */
const GONE_MS = 2_000;

/** True when it has been missing for a moment: until then it may still be on its way. */
export function useGone(missing: boolean): boolean {
  const [gone, setGone] = useState(false);
  useEffect(() => {
    setGone(false);
    if (!missing) return undefined;
    const timer = setTimeout(() => setGone(true), GONE_MS);
    return () => clearTimeout(timer);
  }, [missing]);
  return gone;
}
