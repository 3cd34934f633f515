// Drives one real Chromium for the stories: one JSON command per line on stdin, one JSON answer per line on stdout.
//
// Every command is `{id, do, …}` and is answered by `{id, ok: true, …}` or `{id, ok: false, error}`. Pages have names, so that
// one browser can hold several operators' tabs. The browser ends when stdin ends.
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

let context;
const pages = new Map();
const consoleLines = [];

/** Launches Chromium. `camera`: path of a y4m or mjpeg file, `"fake"`, `"denied"` or `"none"`. */
async function launch({ profile, camera = 'fake', lang = 'en', width = 390, height = 844, dark = false, touch = true, flags = [] }) {
  const args = [...FLAGS, ...flags];
  if (camera !== 'none') args.push('--use-fake-device-for-media-stream');
  if (camera !== 'denied') args.push('--use-fake-ui-for-media-stream');
  if (camera.includes('/')) args.push(`--use-file-for-fake-video-capture=${camera}`);
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args,
    locale: lang,
    viewport: { width, height },
    hasTouch: touch,
    colorScheme: dark ? 'dark' : 'light',
    ignoreHTTPSErrors: true,
  });
  return { version: context.browser()?.version() ?? '' };
}

const at = (name = 'main') => {
  const page = pages.get(name);
  if (!page) throw new Error(`no page named ${name}`);
  return page;
};
/** What stands on the page, for whoever waited for something else. */
const shown = async (name = 'main') => {
  const words = pages.get(name)?.evaluate(() => `${document.body.dataset.phase}: ${document.body.innerText.slice(0, 500)}`);
  return Promise.race([words, new Promise((done) => setTimeout(done, 1000))]).catch(() => undefined);
};
const byTestId = (name, id) => at(name).getByTestId(id);

/** Script run in every page before its own: counts bytes, requests and first frames for the benchmarks. */
function probes() {
  globalThis.__probe = { marks: {} };
  const observer = new MutationObserver(() => {
    const phase = document.body?.dataset.phase;
    if (phase && !(phase in globalThis.__probe.marks)) globalThis.__probe.marks[phase] = performance.timeOrigin + performance.now();
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-phase'] });
}

const commands = {
  launch,
  async open({ page: name = 'main', url, script }) {
    let page = pages.get(name);
    if (!page) {
      page = await context.newPage();
      pages.set(name, page);
      page.on('console', (m) => consoleLines.push(`${m.type()}: ${m.text()}`));
      page.on('pageerror', (e) => consoleLines.push(`pageerror: ${e.message}`));
      await page.addInitScript(probes);
    }
    if (script) await page.addInitScript(script);
    await page.goto(url, { waitUntil: 'load' });
    return {};
  },
  async reload({ page }) {
    await at(page).reload({ waitUntil: 'load' });
    return {};
  },
  async close({ page: name = 'main' }) {
    await at(name).close();
    pages.delete(name);
    return {};
  },
  async click({ page, testid, timeout = 10_000 }) {
    await byTestId(page, testid).first().click({ timeout });
    return { at: Date.now() };
  },
  /** Clicks and says the page's own clock at the click, for latency figures. */
  async tap({ page, testid, timeout = 10_000 }) {
    const target = byTestId(page, testid).first();
    await target.waitFor({ state: 'visible', timeout });
    const when = await target.evaluate((node) => {
      const now = performance.timeOrigin + performance.now();
      node.click();
      return now;
    });
    return { at: when };
  },
  async fill({ page, testid, text, timeout = 10_000 }) {
    await byTestId(page, testid).first().fill(text, { timeout });
    return {};
  },
  /** Draws with the mouse through points of the page, in CSS pixels. */
  async drag({ page, points }) {
    const { mouse } = at(page);
    const [first, ...rest] = points;
    await mouse.move(first[0], first[1]);
    await mouse.down();
    for (const [x, y] of rest) await mouse.move(x, y, { steps: 4 });
    await mouse.up();
    return {};
  },
  /** Puts files of this machine into a file input. */
  async files({ page, testid, paths, timeout = 10_000 }) {
    await byTestId(page, testid).first().setInputFiles(paths, { timeout });
    return {};
  },
  async press({ page, testid, key }) {
    await byTestId(page, testid).first().press(key);
    return {};
  },
  async wait({ page, testid, state = 'visible', timeout = 10_000 }) {
    await byTestId(page, testid).first().waitFor({ state, timeout });
    return {};
  },
  async 'wait-phase'({ page, phases, timeout = 10_000 }) {
    const reached = (wanted) => (wanted.includes(document.body.dataset.phase) ? document.body.dataset.phase : null);
    try {
      const handle = await at(page).waitForFunction(reached, phases, { timeout });
      return { phase: await handle.jsonValue() };
    } catch {
      const now = await at(page).evaluate(() => `${document.body.dataset.phase}: ${document.body.innerText}`);
      throw new Error(`waited ${timeout} ms for ${phases.join(' or ')}; the page is in ${now}; its console: ${consoleLines.slice(-40).join(" / ")}`);
    }
  },
  async text({ page, testid, timeout = 10_000 }) {
    return { text: await byTestId(page, testid).first().innerText({ timeout }) };
  },
  async count({ page, testid }) {
    return { count: await byTestId(page, testid).count() };
  },
  async attribute({ page, testid, name, timeout = 10_000 }) {
    return { value: await byTestId(page, testid).first().getAttribute(name, { timeout }) };
  },
  async chat({ page }) {
    const items = await at(page).$$eval('[data-testid="chat-message"]', (nodes) =>
      nodes.map((n) => ({
        mine: n.dataset.mine === 'true',
        delivery: n.dataset.delivery ?? '',
        text: n.querySelector('[data-testid="chat-text"]')?.textContent ?? n.textContent ?? '',
      })),
    );
    return { items };
  },
  async 'wait-text'({ page, text, timeout = 10_000 }) {
    const handle = await at(page).waitForFunction(
      (wanted) => (document.body.textContent.includes(wanted) ? performance.timeOrigin + performance.now() : 0),
      text,
      { timeout, polling: 'raf' },
    );
    return { at: await handle.jsonValue() };
  },
  async eval({ page, script }) {
    return { value: await at(page).evaluate(script) };
  },
  /** The same in each of the page's workers. */
  async 'eval-workers'({ page, script }) {
    return { values: await Promise.all(at(page).workers().map((worker) => worker.evaluate(script))) };
  },
  async viewport({ page, width, height }) {
    await at(page).setViewportSize({ width, height });
    return {};
  },
  async screenshot({ page, path }) {
    await at(page).screenshot({ path });
    return {};
  },
  async offline({ value }) {
    await context.setOffline(value);
    return {};
  },
  async url({ page }) {
    return { url: at(page).url() };
  },
  async console() {
    return { lines: consoleLines };
  },
  async quit() {
    await context?.close();
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const { id, do: name, ...args } = JSON.parse(line);
  try {
    const command = commands[name];
    if (!command) throw new Error(`unknown command ${name}`);
    const answer = await command(args);
    console.log(JSON.stringify({ id, ok: true, ...answer }));
  } catch (error) {
    console.log(JSON.stringify({ id, ok: false, error: String(error?.message ?? error), shows: await shown(args.page), console: consoleLines.slice(-20) }));
  }
  if (name === 'quit') break;
}
await context?.close().catch(() => {});
process.exit(0);
