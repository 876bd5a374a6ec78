import { describe, expect, it } from 'vitest';
import { AudioOrder } from './audio-order.js';
import type { FrameHeader, FrameRecord } from './types.js';

const header = (object: number, group = 0): FrameHeader => ({
  keyframe: object === 0,
  discardable: false,
  temporalId: 0,
  group,
  object,
});

const record = (index: number, redundant = false): FrameRecord => ({
  codec: 'opus',
  timestampUs: 1_000_000 + index * 20_000,
  durationUs: 20_000,
  payload: Uint8Array.of(index),
  ...(redundant ? { redundancy: { deltaUs: 20_000, payload: Uint8Array.of(index - 1) } } : {}),
});

const indexes = (frames: readonly { payload: Uint8Array }[]): number[] => frames.map((frame) => frame.payload[0]!);

describe('AudioOrder', () => {
  it('passes on what comes in order, over groups', () => {
    const order = new AudioOrder();
    expect(indexes(order.push(header(49, 0), record(0), 0))).toEqual([0]);
    expect(indexes(order.push(header(0, 1), record(1), 20))).toEqual([1]);
    expect(indexes(order.push(header(1, 1), record(2), 40))).toEqual([2]);
    expect(order.lost).toBe(0);
  });

  it('waits for a frame that was overtaken', () => {
    const order = new AudioOrder();
    order.push(header(0), record(0), 0);
    expect(order.push(header(2), record(2), 20)).toEqual([]);
    expect(indexes(order.push(header(1), record(1), 30))).toEqual([1, 2]);
    expect(order.lost).toBe(0);
    expect(order.nextMs).toBeUndefined();
  });

  it('waits no longer than its patience, counts the loss and drops what comes later still', () => {
    const order = new AudioOrder(40);
    order.push(header(0), record(0), 0);
    order.push(header(2), record(2), 20);
    expect(order.nextMs).toBe(60);
    expect(order.poll(59)).toEqual([]);
    const frames = order.poll(60);
    expect(indexes(frames)).toEqual([2]);
    expect(frames[0]!.afterPause).toBe(false);
    expect(order.lost).toBe(1);
    expect(order.push(header(1), record(1), 70)).toEqual([]);
  });

  it('counts nothing as lost of a speaker whom the node did not forward for a while', () => {
    const order = new AudioOrder(0);
    order.push(header(3), record(0), 0);
    const frames = order.push(header(30, 2), record(60), 1200);
    expect(frames.map((frame) => frame.afterPause)).toEqual([true]);
    expect(order.lost).toBe(0);
  });

  it('rebuilds a lost frame from the next without waiting', () => {
    const order = new AudioOrder();
    order.push(header(0), record(0, true), 0);
    expect(indexes(order.push(header(2), record(2, true), 40))).toEqual([1, 2]);
    expect(order.recovered).toBe(1);
    expect(order.lost).toBe(0);
    expect(indexes(order.push(header(3), record(3, true), 60))).toEqual([3]);
  });

  it('rebuilds one of two lost frames', () => {
    const order = new AudioOrder(0);
    order.push(header(0), record(0), 0);
    expect(indexes(order.push(header(3), record(3, true), 60))).toEqual([2, 3]);
    expect(order.recovered).toBe(1);
    expect(order.lost).toBe(1);
  });

  it('tells a pause of the sender from a loss', () => {
    const order = new AudioOrder();
    order.push(header(0), record(0), 0);
    const frames = order.push(header(1), record(60), 1_200);
    expect(indexes(frames)).toEqual([60]);
    expect(frames[0]!.afterPause).toBe(true);
    expect(order.lost).toBe(0);
  });

  it('drops duplicates, held ones too', () => {
    const order = new AudioOrder();
    order.push(header(0), record(0), 0);
    order.push(header(2), record(2), 20);
    order.push(header(2), record(2), 21);
    expect(order.push(header(0), record(0), 22)).toEqual([]);
    expect(indexes(order.push(header(1), record(1), 23))).toEqual([1, 2]);
  });

  it('holds a bounded number of frames', () => {
    const order = new AudioOrder(1_000_000);
    order.push(header(0), record(0), 0);
    let passed = 0;
    for (let i = 2; i < 40; i += 2) passed += order.push(header(i), record(i), i).length;
    expect(passed).toBeGreaterThanOrEqual(19 - 8);
  });
});
