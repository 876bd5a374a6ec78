import { WindowMin } from './window-min.js';

const binMs = 5;
const bins = 80;
const jumpMs = 1_000;
/** Fast frames of so long ago no longer count: the path has become slower. */
const baseMs = 4_000;

export interface JitterOptions {
  /** Share of frames that shall be in time. */
  readonly quantile: number;
  /** About how many frames are remembered. */
  readonly memory: number;
}

/**
 * How long frames must be held so that most are there when they are due. Delay is arrival minus capture time, on whatever two clocks;
 * the smallest of the last seconds is the base, and a histogram of what exceeds it by up to 400 ms, slowly forgetting, gives the quantile.
 */
export class JitterEstimator {
  readonly #base = new WindowMin(baseMs);
  readonly #histogram = new Float32Array(bins);
  readonly #keep: number;
  #total = 0;
  /** Delay that bin 0 stands for: at most the base, and less than a bin below it. */
  #origin = 0;

  constructor(private readonly options: JitterOptions) {
    this.#keep = 1 - 1 / options.memory;
  }

  /** Delay of the fastest frames in ms; undefined before the first frame. */
  get baseMs(): number | undefined {
    return this.#total === 0 ? undefined : this.#base.value;
  }

  /** Delay above the base within which the wanted share of frames arrives. */
  get jitterMs(): number {
    const enough = this.#total * this.options.quantile;
    let sum = 0;
    for (let bin = 0; bin < bins; bin++) {
      sum += this.#histogram[bin]!;
      if (sum >= enough) return bin * binMs;
    }
    return bins * binMs;
  }

  add(captureMs: number, arrivalMs: number): void {
    const delay = arrivalMs - captureMs;
    if (Math.abs(delay - this.#base.value) > jumpMs) this.reset();
    this.#rebase(this.#base.add(delay, arrivalMs));
    const late = Math.ceil((delay - this.#origin) / binMs);
    // So late comes only what piled up in a stall: no buffer is made for that.
    if (late >= bins) return;
    for (let bin = 0; bin < bins; bin++) this.#histogram[bin]! *= this.#keep;
    this.#total = this.#total * this.#keep + 1;
    this.#histogram[late]! += 1;
  }

  reset(): void {
    this.#base.reset();
    this.#histogram.fill(0);
    this.#total = 0;
  }

  /**
   * When the path became slower, what was measured against the old base is moved to the new one, in whole bins. When a frame was faster than all,
   * it is left as it is: if that is rare the next frames will say so, and if a clock has lost time there never was jitter.
   */
  #rebase(base: number): void {
    if (this.#total === 0 || base < this.#origin) this.#origin = base;
    const shift = Math.trunc((base - this.#origin) / binMs);
    if (shift === 0) return;
    this.#origin += shift * binMs;
    for (let bin = 1; bin < bins; bin++) {
      const moved = this.#histogram[bin]!;
      this.#histogram[bin] = 0;
      this.#histogram[Math.max(0, bin - shift)]! += moved;
    }
  }
}
