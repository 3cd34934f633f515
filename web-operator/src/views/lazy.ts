/** A view whose code is fetched when it is first drawn: what a call does not need comes after it. */
import { createElement, type FunctionComponent, type VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A view that may not be here yet. */
export type Late<P extends object> = FunctionComponent<P> & {
  /** Fetches the code; never rejects. */
  preload(): Promise<void>;
};

/** How long a view waits before it asks again for code that could not be fetched. */
const AGAIN_MS = 3_000;

/** Draws `placeholder` until the code is there; on a bad network it is asked for again and again. */
export function lazy<P extends object>(
  load: () => Promise<FunctionComponent<P>>,
  placeholder: VNode | null = null,
): Late<P> {
  let loaded: FunctionComponent<P> | null = null;
  let loading: Promise<void> | null = null;
  const begin = (): Promise<void> =>
    (loading ??= load().then(
      (view) => {
        loaded = view;
      },
      () => {
        loading = null;
      },
    ));
  const view = function Lazy(props: P): VNode | null {
    const [, setHere] = useState(loaded !== null);
    useEffect(() => {
      let mounted = true;
      let timer: ReturnType<typeof setTimeout> | undefined;
      // Asked also where the code came between drawing and now: it is drawn then.
      const ask = (): void =>
        void begin().then(() => {
          if (!mounted) return;
          if (loaded === null) timer = setTimeout(ask, AGAIN_MS);
          else setHere(true);
        });
      ask();
      return () => {
        mounted = false;
        clearTimeout(timer);
      };
    }, []);
    return loaded === null ? placeholder : createElement(loaded as FunctionComponent<object>, props);
  };
  return Object.assign(view, { preload: begin });
}
