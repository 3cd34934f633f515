// The running half of ./demo: starts a rendezvous and the expert app, prints the invite, says what it sees, ends both at Ctrl+C.
import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [programs, page, folder, port, headlessFlag] = process.argv.slice(2);
const headless = headlessFlag === '--headless';
mkdirSync(folder, { recursive: true });

const children = [];
let ending = false;

function start(name, args, stdin) {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn(join(programs, name), args, { stdio: [stdin, 'pipe', log] });
  children.push(child);
  child.on('error', (error) => end(1, `${name} does not start: ${error.message}`));
  child.on('exit', (code) => {
    if (ending) return;
    // Closing the window is the ordinary end of a demo.
    end(code ?? 1, code === 0 ? '' : `${name} has ended; its log is ${join(folder, `${name}.log`)}`);
  });
  return child;
}

function end(code, words) {
  if (ending) return;
  ending = true;
  if (words) console.error(words);
  for (const child of children) child.kill('SIGTERM');
  setTimeout(() => process.exit(code), 500);
}
process.on('SIGINT', () => end(0, ''));
process.on('SIGTERM', () => end(0, ''));

/** The first line of a child's output that begins so. */
function lineBeginning(child, beginning) {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith(beginning)) resolve(line);
    });
  });
}

const rendezvous = start('sightline-rendezvous', ['--listen', `0.0.0.0:${port}`, '--data', join(folder, 'rendezvous'), '--page', page], 'ignore');
await lineBeginning(rendezvous, 'ready:');

const app = start(
  'sightline',
  [
    headless ? '--headless' : '--control',
    ...['--home', join(folder, 'home'), '--rendezvous', `https://localhost:${port}`],
    ...['--trust-certificate', join(folder, 'rendezvous', 'cert.pem'), '--allow-loopback'],
    ...(process.env.SIGHTLINE_DEMO_NAME ? ['--name', process.env.SIGHTLINE_DEMO_NAME] : []),
  ],
  'pipe',
);

const waiting = new Map();
let nextId = 1;
const ask = (command) =>
  new Promise((resolve, reject) => {
    const id = nextId++;
    waiting.set(id, (answer) => (answer.ok ? resolve(answer) : reject(new Error(answer.message ?? answer.error))));
    app.stdin.write(`${JSON.stringify({ ...command, id })}\n`);
  });

let session;
createInterface({ input: app.stdout }).on('line', (line) => {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    return;
  }
  if (event.event === 'ready') void invite().catch((error) => end(1, error.message));
  else if (event.event === 'reply') waiting.get(event.id)?.(event);
  else if (headless) tell(event);
});

/** The addresses another device on this network can reach. */
function lanAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find((one) => one && !one.internal && one.family === 'IPv4' && !one.address.startsWith('169.254.'))?.address;
}

async function invite() {
  ({ session } = await ask({ do: 'new-session', title: 'Demo' }));
  if (!headless) await ask({ do: 'select', session }).catch(() => {});
  const lan = lanAddress();
  const base = `https://${lan ?? 'localhost'}:${port}`;
  const made = await ask({ do: 'invite', session, role: 'operator', uses: 1, minutes: 1440, auto: headless, base });
  const here = made.link.replace(/^https:\/\/[^/]+/, `http://localhost:${port}`);
  console.log('');
  console.log('Open this on this machine (no certificate warning):');
  console.log(`  ${here}`);
  console.log('');
  console.log(lan ? 'Or with a phone on the same network, by this code:' : 'This machine has no network another device could use; the same link with TLS:');
  if (lan) console.log(made.qr);
  console.log("The phone will warn that it doesn't know the certificate, because this machine made it itself: choose");
  console.log('"Advanced" and "Continue". A real rendezvous has a name and a certificate that browsers know.');
  console.log('');
  console.log(`invite: ${made.link}`);
  console.log('');
  console.log(headless ? 'The first guest is admitted by itself. What the expert app sees:' : 'The expert app is open on the new session. Ctrl+C here ends the demo.');
}

/** Without a window the demo says what happens, and asks for the camera as soon as there is somebody to show something. */
function tell(event) {
  const words = {
    knock: () => `${event.knock?.name ?? 'Somebody'} knocks`,
    chat: () => (event.item?.mine ? undefined : `${event.item?.name || 'Operator'}: ${event.item?.text}`),
    'link-up': () => 'connected, directly and sealed end to end',
    'link-down': () => 'the connection has gone; waiting for it to come back',
    'video-started': () => 'the camera is live',
    'video-stopped': () => 'the camera has stopped',
  }[event.event]?.();
  if (words) console.log(`  ${words}`);
  if (event.event === 'link-up') {
    void ask({ do: 'say', session, text: 'Hello! Please show me what you see.' }).catch(() => {});
    void ask({ do: 'ask-video', session }).catch(() => {});
  }
  if (event.event === 'video-started') {
    const path = join(folder, 'seen.png');
    setTimeout(() => {
      ask({ do: 'save-frame', session, path })
        .then((saved) => console.log(`  a picture of ${saved.width} x ${saved.height} pixels is in ${path}`))
        .catch((error) => console.log(`  no picture yet: ${error.message}`));
    }, 1500);
  }
}
