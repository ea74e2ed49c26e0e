// Makes the recordings under src/test/resources/media again: real browsers record speech.wav.
//   node record.mjs [chromium] [firefox-esr]
// Each browser fetches record.html from here, records, and posts the pieces; "<name>.pieces" keeps where they were cut.
// Firefox starts no AudioContext without a sound server.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const media = join(here, '..', 'resources', 'media');
const PATIENCE_MILLIS = 60_000;

const browsers = {
  chromium: {
    recordings: [
      { name: 'chromium-speech.webm', type: 'audio/webm;codecs=opus', slice: 100, bits: 32000 },
      { name: 'chromium-speech-16k.webm', type: 'audio/webm;codecs=opus', slice: 1000, bits: 16000 },
    ],
    flags: (profile) => [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
      `--user-data-dir=${profile}`,
    ],
  },
  'firefox-esr': {
    recordings: [{ name: 'firefox-speech.ogg', type: 'audio/ogg;codecs=opus', slice: 100, bits: 32000 }],
    flags: (profile) => ['--headless', '--no-remote', '--profile', profile],
    preferences: 'user_pref("media.autoplay.default", 0);\nuser_pref("media.autoplay.blocking_policy", 0);\n',
  },
};

let heard = () => {};

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (request.method === 'GET' && pathname === '/record.html') {
    response.setHeader('content-type', 'text/html').end(await readFile(join(here, 'record.html')));
  } else if (request.method === 'GET' && pathname === '/speech.wav') {
    response.setHeader('content-type', 'audio/wav').end(await readFile(join(media, 'speech.wav')));
  } else if (request.method === 'POST') {
    const body = [];
    for await (const piece of request) body.push(piece);
    response.end();
    heard({ pathname, name: searchParams.get('name'), pieces: request.headers['x-pieces'], body: Buffer.concat(body) });
  } else {
    response.writeHead(404).end();
  }
});

await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
for (const command of process.argv.length > 2 ? process.argv.slice(2) : ['chromium']) {
  for (const recording of browsers[command].recordings) await record(command, browsers[command], recording);
}
server.close();
server.closeAllConnections();

async function record(command, browser, { name, type, slice, bits }) {
  const profile = await mkdtemp(join(tmpdir(), 'record-'));
  if (browser.preferences) await writeFile(join(profile, 'user.js'), browser.preferences);
  const query = new URLSearchParams({ name, type, slice, bits });
  const page = `http://127.0.0.1:${server.address().port}/record.html?${query}`;
  const process = spawn(command, [...browser.flags(profile), page], { stdio: 'ignore' });
  const ended = new Promise((resolve) => process.on('exit', resolve));
  try {
    const answer = await new Promise((resolve, reject) => {
      heard = resolve;
      process.on('error', reject);
      setTimeout(() => reject(new Error(`${command}: nothing recorded in ${PATIENCE_MILLIS} ms`)), PATIENCE_MILLIS).unref();
    });
    if (answer.pathname !== '/recorded') throw new Error(`${command}: ${answer.body}`);
    await writeFile(join(media, name), answer.body);
    await writeFile(join(media, `${name}.pieces`), `${answer.pieces}\n`);
    console.log(`${name}: ${answer.body.length} bytes in pieces of ${answer.pieces}`);
  } finally {
    process.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
