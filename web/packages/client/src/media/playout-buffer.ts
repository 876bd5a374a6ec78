import { Concealment } from './concealment.js';
import { JitterEstimator } from './jitter.js';
import type { PlayoutBlock } from './types.js';
import { crossfade, findPeriod, lengthen, scaleInput, shorten } from './time-scale.js';

export const playoutRate = 48_000;
const msOf = (samples: number): number => (samples * 1_000) / playoutRate;
const samplesOf = (ms: number): number => Math.round((ms * playoutRate) / 1_000);

const capacity = playoutRate;
const chunk = 480;
const joinSamples = 240;
const minTargetMs = 20;
const maxTargetMs = 200;
const maxMinimumMs = 500;
/** Blocks arrive 20 ms at a time, and are taken 10 ms at a time. */
const blockMs = 20;
/** Delay may differ from the wanted one by so much before sound is stretched or compressed. */
const slackMs = 15;
/** Beyond this the difference is skipped instead. */
const skipMs = 400;
const goodLikeness = 0.6;
/** Timestamps that differ by less continue each other. */
const joinUs = 8_000;

interface Segment {
  /** Capture time of the first of its samples that is still in the ring. */
  timestampUs: number;
  samples: number;
  readonly afterPause: boolean;
}

/**
 * Decides when each captured sample is heard. Sound is delayed, against the fastest blocks, by what its jitter demands (20–200 ms) or by
 * what the picture needs; the delay is changed by time scaling, gaps are concealed, and a pause in talking is used to correct the delay
 * unheard. Holds at most one second. Takes time as a parameter: any steady clock in ms.
 */
export class PlayoutBuffer {
  readonly #ring: readonly Float32Array[];
  readonly #segments: Segment[] = [];
  readonly #output: readonly Float32Array[];
  readonly #scratch = new Float32Array(scaleInput);
  readonly #join: readonly Float32Array[];
  readonly #jitter = new JitterEstimator({ quantile: 0.95, memory: 200 });
  readonly #concealment: Concealment;
  #read = 0;
  #held = 0;
  #outputStart = 0;
  #outputEnd = 0;
  #minimumMs = 0;
  #playing = false;
  /** The next sound follows something else than what preceded it when it was captured. */
  #joining = true;
  /** Samples concealed since something was played. */
  #gap = 0;
  #concealed = 0;
  /** Capture time of the next sample to be taken from the ring, or where it would be. */
  #nextUs: number | undefined;

  constructor(readonly channels: 1 | 2) {
    const buffers = (length: number): Float32Array[] =>
      Array.from({ length: channels }, () => new Float32Array(length));
    this.#ring = buffers(capacity);
    this.#output = buffers(2 * scaleInput);
    this.#join = buffers(joinSamples);
    this.#concealment = new Concealment(channels);
  }

  get targetMs(): number {
    return Math.max(this.#minimumMs, Math.min(maxTargetMs, Math.max(minTargetMs, this.#jitter.jitterMs + blockMs / 2)));
  }

  get jitterMs(): number {
    return this.#jitter.jitterMs;
  }

  /** Sound invented since the start. */
  get concealedMs(): number {
    return msOf(this.#concealed);
  }

  /** Delay of what is heard now above that of the fastest blocks; 0 while nothing plays. */
  bufferMs(nowMs: number): number {
    const heard = this.heardUs;
    return heard === undefined ? 0 : nowMs - heard / 1_000 - this.#jitter.baseMs!;
  }

  /** Capture time of the sample that is read next; undefined while nothing plays. */
  get heardUs(): number | undefined {
    if (!this.#playing || this.#nextUs === undefined) return undefined;
    return this.#nextUs - msOf(this.#outputEnd - this.#outputStart) * 1_000;
  }

  /** The delay shall be at least this, 0…500 ms. */
  setMinimum(ms: number): void {
    this.#minimumMs = Math.min(maxMinimumMs, Math.max(0, ms));
  }

  /** Adds captured sound. Blocks come in order; what overlaps the one before is dropped. */
  push({ timestamp: timestampUs, afterPause, channels: blocks }: PlayoutBlock, nowMs: number): void {
    const samples = blocks[0]!.length;
    if (samples === 0 || samples > capacity) return;
    const tail = this.#segments.at(-1);
    const expectedUs = tail ? tail.timestampUs + msOf(tail.samples) * 1_000 : undefined;
    const aheadUs = expectedUs === undefined ? 0 : timestampUs - expectedUs;
    if (Math.abs(aheadUs) > 2_000_000) this.#restart();
    else if (aheadUs < -joinUs) return;
    this.#jitter.add(timestampUs / 1_000, nowMs);
    if (this.#held + samples > capacity) this.#drop(this.#held + samples - capacity);
    this.#write(blocks, samples);
    const last = this.#segments.at(-1);
    if (last && Math.abs(aheadUs) <= joinUs) {
      last.samples += samples;
      // The sender's clock estimate moves by little; followed at once, it can't add up to a gap.
      last.timestampUs += aheadUs;
    } else {
      this.#segments.push({ timestampUs, samples, afterPause });
    }
  }

  /** Fills the outputs, which are all of one length, with what is to be heard from `nowMs` on. */
  pull(outputs: readonly Float32Array[], nowMs: number): void {
    const length = outputs[0]!.length;
    let done = 0;
    while (done < length) {
      if (this.#outputStart === this.#outputEnd) this.#produce(nowMs + msOf(done));
      const count = Math.min(length - done, this.#outputEnd - this.#outputStart);
      for (let channel = 0; channel < outputs.length; channel++) {
        const source = this.#output[Math.min(channel, this.channels - 1)]!;
        outputs[channel]!.set(source.subarray(this.#outputStart, this.#outputStart + count), done);
      }
      this.#outputStart += count;
      done += count;
    }
  }

  #produce(nowMs: number): void {
    this.#outputStart = 0;
    this.#outputEnd = 0;
    const head = this.#segments[0];
    if (!head) this.#playing = false;
    else if (!this.#playing && this.#due(head, nowMs)) this.#start(head);
    if (this.#playing) this.#play(nowMs);
    else this.#conceal();
  }

  /** Whether a segment that starts after silence or a gap is to be heard now. */
  #due(head: Segment, nowMs: number): boolean {
    const wantedMs = head.timestampUs / 1_000 + this.#jitter.baseMs! + this.targetMs;
    return nowMs >= wantedMs || msOf(this.#held) > this.targetMs + skipMs;
  }

  #start(head: Segment): void {
    this.#playing = true;
    this.#joining = true;
    this.#nextUs = head.timestampUs;
    if (!head.afterPause) this.#concealed += this.#gap;
    this.#gap = 0;
  }

  #play(nowMs: number): void {
    const excessMs = this.#excessMs(nowMs);
    if (excessMs > skipMs) {
      this.#drop(samplesOf(excessMs));
      this.#joining = true;
    }
    if (this.#joining || Math.abs(excessMs) <= slackMs || !this.#scale(excessMs)) {
      this.#take(Math.min(chunk, this.#segments[0]!.samples));
    }
    for (let channel = 0; channel < this.channels; channel++) {
      this.#concealment.remember(channel, this.#output[channel]!, this.#outputEnd);
    }
    if (this.#segments[0]!.samples > 0) return;
    this.#segments.shift();
    // What follows starts after a gap, and is started when it is due.
    this.#playing = false;
  }

  /** How much later sound is heard than it should be. A path that became slower piles up nothing: there is nothing to gain by haste. */
  #excessMs(nowMs: number): number {
    const excess = this.bufferMs(nowMs) - this.targetMs;
    return excess <= 0 ? excess : Math.max(0, Math.min(excess, msOf(this.#held) - this.targetMs));
  }

  #scale(excessMs: number): boolean {
    if (this.#segments[0]!.samples < scaleInput) return false;
    this.#peek(0, this.#scratch);
    const { samples: period, likeness } = findPeriod(this.#scratch);
    if (likeness < goodLikeness && Math.abs(excessMs) < 4 * slackMs) return false;
    const change = excessMs > 0 ? shorten : lengthen;
    for (let channel = 0; channel < this.channels; channel++) {
      this.#peek(channel, this.#scratch);
      this.#outputEnd = change(this.#scratch, period, this.#output[channel]!);
    }
    this.#consume(scaleInput);
    return true;
  }

  #take(count: number): void {
    for (let channel = 0; channel < this.channels; channel++) {
      this.#peek(channel, this.#output[channel]!.subarray(0, count));
    }
    if (this.#joining) {
      const length = Math.min(joinSamples, count);
      this.#concealment.next(this.#join, length);
      for (let channel = 0; channel < this.channels; channel++) {
        const output = this.#output[channel]!;
        crossfade(this.#join[channel]!, 0, output, 0, output, 0, length);
      }
      this.#concealment.end();
      this.#joining = false;
    }
    this.#consume(count);
    this.#outputEnd = count;
  }

  #conceal(): void {
    if (this.#nextUs !== undefined) this.#gap += chunk;
    this.#concealment.next(this.#output, chunk);
    this.#outputEnd = chunk;
  }

  #peek(channel: number, into: Float32Array): void {
    const ring = this.#ring[channel]!;
    const first = Math.min(into.length, capacity - this.#read);
    into.set(ring.subarray(this.#read, this.#read + first), 0);
    into.set(ring.subarray(0, into.length - first), first);
  }

  /** Moves on within the first segment. */
  #consume(count: number): void {
    const head = this.#segments[0]!;
    head.samples -= count;
    head.timestampUs += msOf(count) * 1_000;
    this.#nextUs = head.timestampUs;
    this.#read = (this.#read + count) % capacity;
    this.#held -= count;
  }

  /** Forgets the oldest samples, over segments. */
  #drop(count: number): void {
    let left = count;
    while (left > 0 && this.#segments.length > 0) {
      const head = this.#segments[0]!;
      const part = Math.min(left, head.samples);
      this.#consume(part);
      left -= part;
      if (head.samples === 0) this.#segments.shift();
    }
  }

  #write(blocks: readonly Float32Array[], samples: number): void {
    const write = (this.#read + this.#held) % capacity;
    for (let channel = 0; channel < this.channels; channel++) {
      const source = blocks[Math.min(channel, blocks.length - 1)]!;
      const first = Math.min(samples, capacity - write);
      this.#ring[channel]!.set(source.subarray(0, first), write);
      this.#ring[channel]!.set(source.subarray(first), 0);
    }
    this.#held += samples;
  }

  /** The sender's clock started anew. */
  #restart(): void {
    this.#segments.length = 0;
    this.#held = 0;
    this.#read = 0;
    this.#playing = false;
    this.#jitter.reset();
  }
}
