// @ts-check
// Tells the context's time, in seconds: of now, fifty times a second, and of samples at which sound begins after silence.
const scope = /** @type {any} */ (globalThis);
const loud = 0.05;
const silenceSeconds = 0.1;
const tickSeconds = 0.02;

class Onsets extends scope.AudioWorkletProcessor {
  #lastLoud = 0;
  #nextTick = 0;

  process(/** @type {Float32Array[][]} */ [input]) {
    const { currentTime: now, sampleRate } = scope;
    if (now >= this.#nextTick) {
      this.#nextTick = now + tickSeconds;
      this.port.postMessage({ now });
    }
    input?.[0]?.forEach((sample, i) => {
      if (Math.abs(sample) < loud) return;
      const at = now + i / sampleRate;
      if (at - this.#lastLoud > silenceSeconds) this.port.postMessage({ onset: at });
      this.#lastLoud = at;
    });
    return true;
  }
}

scope.registerProcessor('onsets', Onsets);
