// @ts-check
// Prints the time from a picture being drawn by the sender until it is on the receiver's screen, for every pair of engines, and
// how much of it encoding, the jitter buffer and decoding take. All clocks are this machine's. Run: node bench/glass-to-glass.mjs [seconds]
import { until } from '../browsers/page.mjs';
import { startServer } from '../lib/server.mjs';
import { startSoundServer } from '../lib/sound-server.mjs';
import { engines, names, openThree } from '../lib/three.mjs';

const seconds = Number(process.argv[2] ?? 20);
const sound = await startSoundServer();
const server = await startServer();
const three = await openThree(server.origin, sound.address);
try {
  await three.joinAll();
  for (const engine of engines) {
    await three.pages[engine].evaluate(/** @type {any} */ (`() => { window.readClock = ${readClock}; }`));
    await three.pages[engine].evaluate(sendClock);
  }
  for (const engine of engines) {
    for (const other of engines) {
      if (other === engine) continue;
      await until(three.pages[engine], `the clock of ${other} is read`, readClock, [names[other]]);
    }
  }
  for (const engine of engines) {
    await three.pages[engine].evaluate(
      watchClocks,
      engines.filter((other) => other !== engine).map((other) => names[other]),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const rows = [];
  for (const receiver of engines) {
    const { delays, stats, identities } = await three.pages[receiver].evaluate(results);
    for (const sender of engines) {
      if (sender === receiver) continue;
      const sending = (await three.pages[sender].evaluate(results)).stats.find(
        (/** @type {any} */ t) => t.direction === 'send' && t.source === 'camera',
      );
      const receiving = stats.find(
        (/** @type {any} */ t) =>
          t.direction === 'receive' && t.source === 'camera' && t.identity === identities[names[sender]],
      );
      const sorted = delays[names[sender]].sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
      const total = quantile(sorted, 0.5);
      rows.push({
        'from → to': `${sender} → ${receiver}`,
        frames: sorted.length,
        'median ms': Math.round(total),
        'p95 ms': Math.round(quantile(sorted, 0.95)),
        'encode ms': round(sending?.encodeMs),
        'jitter buffer ms': round(receiving?.bufferMs),
        'decode ms': round(receiving?.decodeMs),
        'capture, network, crypto, display ms': round(
          total - (sending?.encodeMs ?? 0) - (receiving?.bufferMs ?? 0) - (receiving?.decodeMs ?? 0),
        ),
        codec: receiving?.codec,
        fps: Math.round(receiving?.framesPerSecond ?? 0),
      });
    }
  }
  console.table(rows);
} finally {
  await three.close();
  await server.stop();
  await sound.stop();
}

/** @param {readonly number[]} sorted @param {number} q */
function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

/** @param {number | undefined} ms */
function round(ms) {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}

/** Sends, in place of the camera, the wall clock drawn as 24 black and white squares, least significant first. */
async function sendClock() {
  const me = /** @type {any} */ (window).confab.room.localParticipant;
  await me.setCameraEnabled(false);
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 360;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  setInterval(() => {
    const now = Math.round(performance.timeOrigin + performance.now()) % 2 ** 24;
    for (let bit = 0; bit < 24; bit++) {
      context.fillStyle = ((now >> bit) & 1) === 1 ? '#fff' : '#000';
      context.fillRect((bit % 6) * 106, Math.floor(bit / 6) * 90, 106, 90);
    }
  }, 1000 / 15);
  const [track] = canvas.captureStream(15).getVideoTracks();
  await me.publishTrack(track, { source: 'camera' });
}

/** The clock in the tile of the named participant; undefined while there is none. */
function readClock(/** @type {string} */ name) {
  const tile = [...document.querySelectorAll('.confab-tile[data-local=false]')].find(
    (t) => t.getAttribute('aria-label') === name,
  );
  const video = /** @type {HTMLCanvasElement | null | undefined} */ (tile?.querySelector('canvas, video'));
  if (!video || video.width === 0) return undefined;
  const w = /** @type {any} */ (window);
  w.probe ??= Object.assign(document.createElement('canvas'), { width: 6, height: 4 }).getContext('2d', {
    willReadFrequently: true,
  });
  w.probe.drawImage(video, 0, 0, 6, 4);
  const pixels = w.probe.getImageData(0, 0, 6, 4).data;
  let value = 0;
  for (let bit = 0; bit < 24; bit++) if (pixels[bit * 4] > 127) value |= 1 << bit;
  const age = (Math.round(performance.timeOrigin + performance.now()) - value) & (2 ** 24 - 1);
  return age < 10_000 ? { value, age } : undefined;
}

/** Notes the age of every new picture of the named participants as it comes on screen. */
function watchClocks(/** @type {string[]} */ others) {
  const w = /** @type {any} */ (window);
  w.delays = Object.fromEntries(others.map((name) => [name, []]));
  const last = /** @type {Record<string, number>} */ ({});
  const look = () => {
    for (const name of others) {
      const clock = w.readClock(name);
      if (!clock || clock.value === last[name]) continue;
      last[name] = clock.value;
      w.delays[name].push(clock.age);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function results() {
  const w = /** @type {any} */ (window);
  const { remotes } = w.confab.room.snapshot.get();
  return {
    delays: w.delays,
    stats: (await w.confab.room.stats()).tracks,
    identities: Object.fromEntries(remotes.map((/** @type {any} */ p) => [p.name, p.identity])),
  };
}
