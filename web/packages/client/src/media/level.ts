const silence = 127;

/** Loudness of the samples as −dBov: 0 is full scale, 127 silence (RFC 6464, RFC 6465 §A). */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  const power = sum / Math.max(1, samples.length);
  if (power <= 0) return silence;
  return Math.min(silence, Math.max(0, Math.round(-10 * Math.log10(power))));
}

const hangoverFrames = 15;

/** Tells speech from a room's noise by how far the level is above the quietest of the last seconds. */
export class VoiceDetector {
  #floor = 60;
  #hangover = 0;

  /** `level` of one 20 ms frame, −dBov. */
  add(level: number): boolean {
    // The floor falls to a quieter room at once and rises to a louder one by 2 dB a second.
    this.#floor = level > this.#floor ? level : Math.max(level, this.#floor - 0.04);
    const loud = level < 50 && level < this.#floor - 9;
    this.#hangover = loud ? hangoverFrames : Math.max(0, this.#hangover - 1);
    return this.#hangover > 0;
  }
}
