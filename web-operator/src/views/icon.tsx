/** Draws one Lucide icon from its shapes. */
import { createElement, type VNode } from 'preact';

/** A shape of an icon: element name and attributes, as `icon:NAME` imports give them. */
export type IconShape = readonly [string, Readonly<Record<string, string>>];

/** `size` in CSS pixels. Icons are never the only label: the button beside or around them has a name. */
export function Icon({ shapes, size = 24 }: { shapes: readonly IconShape[]; size?: number }): VNode {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes.map(([name, attributes], index) => createElement(name, { key: index, ...attributes }))}
    </svg>
  );
}
