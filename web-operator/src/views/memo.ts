/** A component that is drawn again only when one of its properties is another value. */
import { Component, createElement, type FunctionComponent, type VNode } from 'preact';

/** Wraps `view`; properties are compared one by one by identity. */
export function memo<P extends object>(view: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Readonly<Record<string, unknown>>;
      const then = next as Readonly<Record<string, unknown>>;
      for (const key of new Set([...Object.keys(now), ...Object.keys(then)])) {
        if (now[key] !== then[key]) {
          return true;
        }
      }
      return false;
    }

    override render(): VNode {
      return createElement(view as FunctionComponent<object>, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
