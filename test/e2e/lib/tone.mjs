// @ts-check
import { writeFile } from 'node:fs/promises';

/**
 * Writes a WAV file, 48 kHz mono, in which a tone of the frequency sounds for 400 ms of every 500 ms: a steady tone
 * would be taken for noise and suppressed by a browser's audio processing.
 *
 * @param {string} file
 * @param {number} frequency In hertz.
 */
export async function writeTone(file, frequency) {
  const rate = 48_000;
  const samples = rate * 4;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    const phase = i % (rate / 2);
    const envelope = phase < rate * 0.4 ? Math.min(1, phase / 480, (rate * 0.4 - phase) / 480) : 0;
    wav.writeInt16LE(Math.round(envelope * 14_000 * Math.sin((2 * Math.PI * frequency * i) / rate)), 44 + i * 2);
  }
  await writeFile(file, wav);
}
