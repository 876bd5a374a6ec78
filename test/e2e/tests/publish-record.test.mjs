// @ts-check
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from '../browsers/page.mjs';
import { confab } from '../lib/confab.mjs';
import { everyFrame, ffmpeg, onsets, probe } from '../lib/ffmpeg.mjs';
import { hears, seesMoving } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';
import { engines, names, openThree } from '../lib/three.mjs';

const talkTone = 1_900;
const h264 = ['-c:v', 'libx264', '-preset', 'veryfast'];
const flashes = 6;
/** How far sound and picture of one participant may be apart in a recording, in seconds. */
const maxApart = 0.08;

describe('confab publish and confab record in a call of three engines', { timeout: 500_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {import('../lib/three.mjs').Three} */
  let three;
  /** @type {string} */
  let folder;
  /** @type {import('../lib/confab.mjs').Command[]} */
  const commands = [];
  const start = (/** @type {string[]} */ ...args) => {
    const command = confab(...args);
    commands.push(command);
    return command;
  };

  before(async () => {
    folder = await mkdtemp(path(tmpdir(), 'confab-media-'));
    server = await startServer();
    three = await openThree(server.origin);
    await three.joinAll();
  });

  after(async () => {
    for (const command of commands) command.kill();
    await three?.close();
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  test('a file is seen moving and heard', async () => {
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=3'];
    const sound = ['-f', 'lavfi', '-i', `sine=frequency=${talkTone}:duration=3`];
    await ffmpeg(...picture, ...sound, ...h264, '-c:a', 'aac', path(folder, 'talk.mp4'));
    const talk = start('publish', '--input', path(folder, 'talk.mp4'), '--loop', '--name', 'Talk', three.link);
    await seesMoving(three.pages.chromium, 'Talk');
    await hears(three.pages.chromium, talkTone);
    await hears(three.pages.firefox, talkTone);
    await talk.interrupt();
  });

  test('a file that is fit for it is seen as it is stored', async () => {
    const file = path(folder, 'fit.mp4');
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=4'];
    await ffmpeg(...picture, ...h264, '-bf', '0', '-g', '50', '-pix_fmt', 'yuv420p', file);
    const fit = start('publish', '--input', file, '--loop', '--video-codec', 'h264', '--name', 'Fit', three.link);
    await seesMoving(three.pages.chromium, 'Fit');
    assert.match(await fit.interrupt(), /codec=h264 stream="passed through"/);
  });

  test('a file that is over has left', async () => {
    await three.pages.chromium.evaluate(countComers);
    await start('publish', '--input', path(folder, 'talk.mp4'), '--name', 'Once', three.link).ended();
    await until(three.pages.chromium, 'it came, and has left', oneCameAndLeft, [engines.length - 1]);
  });

  test('a recorder is seen by all, and its files can be played, in sync', async (t) => {
    const out = path(folder, 'recording');
    await three.pages.chromium.evaluate(flashAndBeep);
    const recorder = start('record', '--out', out, '--mixed', '--name', 'Recorder', three.link);
    for (const engine of engines) await until(three.pages[engine], 'the recorder is there', present, ['Recorder']);
    await recorder.until('something of all three is in files', async () => {
      const files = (await readdir(out).catch(() => [])).filter((name) => name.endsWith('.webm'));
      const sizes = await Promise.all(files.map(async (name) => (await stat(path(out, name))).size));
      return sizes.filter((size) => size > 60_000).length >= 3;
    });
    const seen = await three.pages.chromium.evaluate(flashed);
    await until(three.pages.chromium, 'it has flashed some more', flashedSince, [seen + flashes], 60_000);
    const interrupted = recorder.interrupt();
    // What follows is not for them; WebKitGTK may lock up when it leaves a page in a call.
    await Promise.all([three.pages.chromium, three.pages.firefox].map((page) => page.goto('about:blank')));
    const said = await interrupted;
    assert.match(said, /\d\d:\d\d:\d\d {2}participants: 3 /);

    const { files, mixed, ended } = JSON.parse(await readFile(path(out, 'recording.json'), 'utf8'));
    assert.ok(ended && mixed === 'mixed.webm', said);
    for (const engine of engines) {
      const own = files.filter((/** @type {any} */ file) => file.name === names[engine] && file.video);
      assert.ok(own.length > 0, `nothing of ${engine}`);
      for (const { file, video, duration_ms: ms, complete } of own) {
        const { codecs, seconds } = await probe(path(out, file));
        assert.deepEqual(codecs, [video, 'opus'].sort());
        assert.ok(complete && Math.abs(seconds * 1_000 - ms) < 200, `${file}: ${seconds} s, ${ms} ms in the list`);
        await ffmpeg('-i', path(out, file), ...everyFrame, '-f', 'null', '-');
        t.diagnostic(`${engine}: ${file}, ${video}, ${seconds} s`);
      }
    }
    const { seconds } = await probe(path(out, mixed));
    assert.ok(seconds > flashes, `the mix has ${seconds} s`);

    const chromium = files.findLast((/** @type {any} */ file) => file.name === names.chromium && file.video);
    const apart = differences(await onsets(path(out, chromium.file)));
    t.diagnostic(`sound is late by ${apart.map((difference) => Math.round(difference * 1_000)).join(', ')} ms`);
    assert.ok(apart.length >= flashes / 2, `${apart.length} flashes with a beep`);
    assert.ok(Math.abs(apart[apart.length >> 1] ?? 1) < maxApart);
  });
});

/** How much later than each flash its beep comes, sorted. */
function differences(/** @type {{ flashes: number[], beeps: number[] }} */ { flashes, beeps }) {
  return flashes
    .map((flash) => Math.min(...beeps.map((beep) => beep - flash).filter((difference) => Math.abs(difference) < 0.5)))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
}

const present = (/** @type {string} */ name) =>
  [.../** @type {any} */ (window).confab.room.remoteParticipants.values()].some((each) => each.name === name);
const countComers = () => {
  const w = /** @type {any} */ (window);
  w.comers = 0;
  w.confab.room.on('participantConnected', () => w.comers++);
};
const oneCameAndLeft = (/** @type {number} */ others) => {
  const { comers, confab } = /** @type {any} */ (window);
  return comers === 1 && confab.room.remoteParticipants.size === others;
};
const flashed = () => /** @type {any} */ (window).flashed;
const flashedSince = (/** @type {number} */ count) => /** @type {any} */ (window).flashed >= count;

/**
 * Publishes a picture and a sound that flash and beep together, by one clock, in the place of camera and microphone: that of the
 * audio context that captures the sound, for a way to it takes a time that nobody tells.
 */
async function flashAndBeep() {
  const w = /** @type {any} */ (window);
  const [everyS, lengthS] = [1.3, 0.1];
  const canvas = document.createElement('canvas');
  // As large as the cameras: see openWebKit.
  canvas.width = 640;
  canvas.height = 360;
  const picture = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  w.flashed = 0;
  AudioContext.prototype.createMediaStreamSource = function () {
    const tone = new OscillatorNode(this, { frequency: 1_000 });
    const gain = new GainNode(this, { gain: 0 });
    tone.connect(gain);
    tone.start();
    for (let i = 1; i < 200; i++) {
      gain.gain.setValueAtTime(0.5, i * everyS);
      gain.gain.setValueAtTime(0, i * everyS + lengthS);
    }
    let bright = false;
    setInterval(() => {
      const before = bright;
      bright = this.currentTime > everyS && this.currentTime % everyS < lengthS;
      if (bright && !before) w.flashed++;
      picture.fillStyle = bright ? 'white' : 'black';
      picture.fillRect(0, 0, canvas.width, canvas.height);
    }, 10);
    return /** @type {any} */ (gain);
  };
  const { localParticipant } = w.confab.room;
  const silence = new AudioContext().createMediaStreamDestination();
  await localParticipant.publishTrack(canvas.captureStream(30).getVideoTracks()[0], { source: 'camera' });
  await localParticipant.publishTrack(silence.stream.getAudioTracks()[0], { source: 'microphone' });
}
