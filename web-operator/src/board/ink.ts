/** The drawing palette: bright on any picture, with a dark halo around. */
import type { Ink } from '../session/show';

export const COLOURS: Readonly<Record<Ink, string>> = {
  red: '#ff453a',
  yellow: '#ffd60a',
  green: '#32d74b',
  blue: '#2f9bff',
  white: '#ffffff',
};

/** Around every line, so that it reads on white paper and on black oil. */
export const HALO = 'rgb(8 16 16 / 0.72)';

/** Letters on a filled mark: dark on all but blue and red. */
export function onInk(ink: Ink): string {
  return ink === 'red' || ink === 'blue' ? '#ffffff' : '#0b1414';
}
