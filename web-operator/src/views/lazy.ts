/** A view whose code is fetched when it is first drawn: what a call does not need comes after it. */
import { createElement, type FunctionComponent, type VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A view that may not be here yet. */
export type Late<P extends object> = FunctionComponent<P> & {
  /** Fetches the code; never rejects. */
  preload(): Promise<void>;
};

/** Draws `placeholder` until the code is there; where it can't be had, the placeholder stays. */
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
      if (loaded === null) void begin().then(() => mounted && setHere(true));
      return () => {
        mounted = false;
      };
    }, []);
    return loaded === null ? placeholder : createElement(loaded as FunctionComponent<object>, props);
  };
  return Object.assign(view, { preload: begin });
}
