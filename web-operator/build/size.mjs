/**
 * Prints what the built page weighs over the wire (brotli), and fails when script and style that a call needs
 * before it can start are above the budget.
 *
 * A call needs the entry with all it imports, the styles, and one language. Everything else is fetched while
 * the person reads and types, or never.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUDGET_KB = 60;
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

const size = (file) =>
  statSync(join(dist, `${file}.br`), { throwIfNoEntry: false })?.size ?? statSync(join(dist, file)).size;
const kb = (bytes) => (bytes / 1000).toFixed(1).padStart(7);

const chunks = JSON.parse(readFileSync(join(root, '.cache', 'graph.json'), 'utf8'));
const byFile = new Map(chunks.map((chunk) => [chunk.file, chunk]));
const needed = new Set();
const need = (file) => {
  if (!needed.has(file)) {
    needed.add(file);
    byFile.get(file)?.imports.forEach(need);
    byFile.get(file)?.styles.forEach((style) => needed.add(style));
  }
};
chunks.filter((chunk) => chunk.entry).forEach((chunk) => need(chunk.file));
// The words of a language that are there from the start; those of boards come with the boards.
const languages = chunks.filter((chunk) => chunk.modules.some((module) => module.endsWith('operator.ftl')));
const largest = languages.sort((a, b) => size(b.file) - size(a.file))[0];
if (largest !== undefined) {
  need(largest.file);
}

const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .filter((file) => !/\.(br|gz)$/.test(file) && statSync(join(dist, file)).isFile())
  .sort((a, b) => size(b) - size(a));
// What the page's own markup asks for.
const markup = readFileSync(join(dist, 'index.html'), 'utf8');
for (const file of files.filter((file) => file.endsWith('.css') && markup.includes(file))) {
  needed.add(file);
}

let before = 0;
let all = 0;
for (const file of files) {
  const bytes = size(file);
  const isCode = /\.(js|css|wasm)$/.test(file);
  all += isCode ? bytes : 0;
  before += needed.has(file) ? bytes : 0;
  console.log(`${kb(bytes)} kB  ${needed.has(file) ? 'before a call' : isCode ? 'later' : '-'}  ${file}`);
}
console.log(`${kb(before)} kB  script and style before a call (budget ${BUDGET_KB} kB)`);
console.log(`${kb(all)} kB  script, style and wasm in all`);
if (before > BUDGET_KB * 1000) {
  console.error('above the budget');
  process.exit(1);
}
