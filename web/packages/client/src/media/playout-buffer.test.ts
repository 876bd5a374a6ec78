import { describe, expect, it } from 'vitest';
import { PlayoutBuffer } from './playout-buffer.js';

const frame = 960;
const quantum = 128;
const quantumMs = (quantum * 1_000) / 48_000;

/** A network and an audio device on one virtual clock: blocks of a tone go in when their delay is over, sound comes out. */
class Line {
  readonly buffer = new PlayoutBuffer(1);
  readonly heard: number[] = [];
  nowMs = 0;
  pauseBefore = 0;
  readonly #underway: { at: number; index: number }[] = [];

  constructor(
    private readonly hertz = 200,
    private readonly clockMs = 5_000,
  ) {}

  send(index: number, delayMs: number): void {
    this.#underway.push({ at: (index + 1) * 20 + delayMs, index });
    this.#underway.sort((a, b) => a.at - b.at);
  }

  run(untilMs: number): void {
    const out = new Float32Array(quantum);
    while (this.nowMs < untilMs) {
      while (this.#underway[0] && this.#underway[0].at <= this.nowMs) this.#arrive(this.#underway.shift()!.index);
      this.buffer.pull([out], this.nowMs);
      this.heard.push(...out);
      this.nowMs += quantumMs;
    }
  }

  #arrive(index: number): void {
    const block = new Float32Array(frame);
    for (let i = 0; i < frame; i++)
      block[i] = 0.5 * Math.sin(((index * frame + i) * 2 * Math.PI * this.hertz) / 48_000);
    const timestamp = (index * 20 + this.clockMs) * 1_000;
    this.buffer.push({ timestamp, afterPause: index === this.pauseBefore, channels: [block] }, this.nowMs);
  }

  /** Largest step between neighbouring samples after `fromMs`: a click is much more than a tone's. */
  steepest(fromMs: number): number {
    let steepest = 0;
    for (let i = Math.round(fromMs * 48) + 1; i < this.heard.length; i++) {
      steepest = Math.max(steepest, Math.abs(this.heard[i]! - this.heard[i - 1]!));
    }
    return steepest;
  }

  /** Zero crossings per second: twice the pitch. */
  pitch(fromMs: number): number {
    const from = Math.round(fromMs * 48);
    let crossings = 0;
    for (let i = from + 1; i < this.heard.length; i++) if (this.heard[i - 1]! < 0 !== this.heard[i]! < 0) crossings++;
    return (crossings / 2 / (this.heard.length - from)) * 48_000;
  }
}

const toneStep = (0.5 * 2 * Math.PI * 200) / 48_000;

describe('PlayoutBuffer', () => {
  it('plays an even stream with the smallest delay and without any invention', () => {
    const line = new Line();
    for (let i = 0; i < 200; i++) line.send(i, 30);
    line.run(4_000);
    expect(line.buffer.concealedMs).toBe(0);
    expect(line.buffer.bufferMs(line.nowMs)).toBeLessThan(40);
    expect(line.steepest(200)).toBeLessThan(toneStep * 1.5);
  });

  it('waits longer on a jittery path, and goes back when it calms down, at the same pitch and without clicks', () => {
    const line = new Line();
    let seed = 1;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    let last = 0;
    const inOrder = (i: number, delay: number): void => {
      const at = Math.max(last, i * 20 + delay);
      last = at;
      line.send(i, at - i * 20);
    };
    for (let i = 0; i < 500; i++) inOrder(i, 30 + random() * 100);
    line.run(10_000);
    const shaky = line.buffer.bufferMs(line.nowMs);
    const invented = line.buffer.concealedMs;
    expect(shaky).toBeGreaterThan(60);
    for (let i = 500; i < 2_500; i++) inOrder(i, 30);
    line.run(50_000);
    expect(line.buffer.bufferMs(line.nowMs)).toBeLessThan(45);
    expect(line.buffer.concealedMs - invented).toBeLessThan(60);
    expect(line.steepest(1_000)).toBeLessThan(toneStep * 3);
    expect(Math.abs(line.pitch(11_000) - 200)).toBeLessThan(4);
  });

  it('fills a lost block with a tone that goes on, and continues in time', () => {
    const line = new Line();
    for (let i = 0; i < 200; i++) if (i !== 100) line.send(i, 30);
    line.run(4_000);
    expect(line.buffer.concealedMs).toBeGreaterThanOrEqual(20);
    expect(line.buffer.concealedMs).toBeLessThanOrEqual(40);
    expect(line.steepest(500)).toBeLessThan(toneStep * 3);
    expect(line.buffer.bufferMs(line.nowMs)).toBeLessThan(45);
  });

  it('fades to silence in a pause, which counts as no loss, and starts again', () => {
    const line = new Line();
    for (let i = 0; i < 100; i++) line.send(i, 30);
    for (let i = 200; i < 300; i++) line.send(i, 30);
    line.pauseBefore = 200;
    line.run(3_500);
    expect(Math.max(...line.heard.slice(-9_600).map(Math.abs))).toBe(0);
    line.run(6_000);
    expect(Math.max(...line.heard.slice(-9_600).map(Math.abs))).toBeGreaterThan(0.45);
    expect(line.buffer.concealedMs).toBe(0);
  });

  it('keeps the delay that the picture needs', () => {
    const line = new Line();
    for (let i = 0; i < 600; i++) line.send(i, 30);
    line.run(2_000);
    line.buffer.setMinimum(150);
    line.run(10_000);
    expect(Math.abs(line.buffer.bufferMs(line.nowMs) - 150)).toBeLessThan(25);
    expect(line.steepest(500)).toBeLessThan(toneStep * 2);
  });

  it('follows a sender whose clock is fast or slow without running dry or full', () => {
    for (const drift of [-0.0005, 0.0005]) {
      const line = new Line();
      for (let i = 0; i < 3_000; i++) line.send(i, 30 + i * 20 * drift);
      line.run(60_000);
      expect(line.buffer.concealedMs).toBeLessThanOrEqual(20);
      expect(line.buffer.bufferMs(line.nowMs)).toBeLessThan(60);
    }
  });

  it('catches up after a stall instead of staying late', () => {
    const line = new Line();
    for (let i = 0; i < 100; i++) line.send(i, 30);
    for (let i = 100; i < 140; i++) line.send(i, 30 + (140 - i) * 20);
    for (let i = 140; i < 1_500; i++) line.send(i, 30);
    line.run(30_000);
    expect(line.buffer.bufferMs(line.nowMs)).toBeLessThan(60);
  });

  it('goes on undisturbed when the path becomes slower for good', () => {
    const line = new Line();
    for (let i = 0; i < 100; i++) line.send(i, 30);
    for (let i = 100; i < 2_000; i++) line.send(i, 700);
    line.run(4_000);
    const invented = line.buffer.concealedMs;
    line.run(39_000);
    expect(line.buffer.concealedMs - invented).toBeLessThan(60);
    expect(line.buffer.bufferMs(line.nowMs)).toBeLessThan(60);
    expect(line.steepest(4_000)).toBeLessThan(toneStep * 3);
  });

  it('reports the capture time of what is heard', () => {
    const line = new Line();
    for (let i = 0; i < 200; i++) line.send(i, 30);
    line.run(3_000);
    // Captured 50 ms and the buffer's delay before now, on a clock that is 5 s ahead.
    const delay = line.nowMs + 5_000 - line.buffer.heardUs! / 1_000;
    expect(Math.abs(delay - 50 - line.buffer.bufferMs(line.nowMs))).toBeLessThan(3);
  });

  it('starts anew when the sender did', () => {
    const line = new Line();
    for (let i = 0; i < 90; i++) line.send(i, 30);
    line.run(1_840);
    const channels = [new Float32Array(frame).fill(0.1)];
    line.buffer.push({ timestamp: 0, afterPause: true, channels }, line.nowMs);
    line.buffer.push({ timestamp: 20_000, afterPause: true, channels }, line.nowMs + 20);
    line.run(1_875);
    expect(line.buffer.heardUs).toBeLessThan(100_000);
  });
});
