// @ts-check
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;
const sampleRate = 48_000;
/** Neither doubles nor leaves out frames that come irregularly. */
export const everyFrame = ['-fps_mode', 'passthrough', '-enc_time_base', '1:1000'];

/** Runs ffmpeg, which fails when anything is amiss. */
export async function ffmpeg(/** @type {string[]} */ ...args) {
  const { stdout, stderr } = await run('ffmpeg', ['-nostdin', '-v', 'error', ...args], {
    encoding: 'buffer',
    maxBuffer,
  });
  if (stderr.length > 0) throw new Error(`ffmpeg ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** @returns {Promise<{ codecs: string[], seconds: number }>} What ffprobe says of a file. */
export async function probe(/** @type {string} */ file) {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', file]);
  const { streams, format } = JSON.parse(stdout);
  return {
    codecs: streams.map((/** @type {{ codec_name: string }} */ stream) => stream.codec_name).sort(),
    seconds: Number(format.duration),
  };
}

/**
 * When a file turns bright and when it turns loud, in seconds from its begin.
 *
 * @param {string} file
 * @returns {Promise<{ flashes: number[], beeps: number[] }>}
 */
export async function onsets(file) {
  const brightness = 'signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-';
  const text = await ffmpeg('-copyts', '-i', file, '-map', '0:v', '-vf', brightness, ...everyFrame, '-f', 'null', '-');
  const flashes = [];
  let bright = true;
  for (const [, at, average] of String(text).matchAll(/pts_time:(\S+)\s+\S+YAVG=(\S+)/g)) {
    const before = bright;
    bright = Number(average) > 128;
    if (bright && !before) flashes.push(Number(at));
  }
  const resampled = ['-af', 'aresample=async=1:first_pts=0', '-ac', '1', '-ar', String(sampleRate), '-f', 's16le', '-'];
  const pcm = await ffmpeg('-copyts', '-i', file, '-map', '0:a', ...resampled);
  const beeps = [];
  let loud = -sampleRate;
  for (let i = 0; i < pcm.length / 2; i++) {
    if (Math.abs(pcm.readInt16LE(2 * i)) < 3_000) continue;
    if (i - loud > sampleRate / 4) beeps.push(i / sampleRate);
    loud = i;
  }
  return { flashes, beeps };
}
