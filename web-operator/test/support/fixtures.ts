/** Golden fixtures: read from those who wrote them, written for the others. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

export interface FixtureCase {
  readonly name: string;
  readonly verdict?: string;
  readonly reason?: string;
}

export interface Fixture<C extends FixtureCase> {
  readonly note: string;
  readonly cases: readonly C[];
}

const ROOT = new URL('../../../tests/fixtures/', import.meta.url);

export function readFixture<C extends FixtureCase>(path: string): Fixture<C> {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')) as Fixture<C>;
}

export function hasFixture(path: string): boolean {
  return existsSync(new URL(path, ROOT));
}

/** Compares with the file; with SIGHTLINE_WRITE_FIXTURES set writes it first. */
export function goldenFixture<C extends FixtureCase>(path: string, fixture: Fixture<C>): void {
  const file = new URL(path, ROOT);
  const text = JSON.stringify(fixture, null, 1) + '\n';
  if (process.env['SIGHTLINE_WRITE_FIXTURES'] !== undefined) {
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(readFileSync(file, 'utf8')).toBe(text);
}
