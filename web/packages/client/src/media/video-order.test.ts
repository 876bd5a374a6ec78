import { describe, expect, it } from 'vitest';
import type { FrameHeader, FrameRecord } from './types.js';
import { VideoOrder } from './video-order.js';

const header = (group: number, object: number, discardable = false): FrameHeader => ({
  keyframe: object === 0,
  discardable,
  temporalId: discardable ? 1 : 0,
  group,
  object,
});

const record = (timestampMs = 0, bytes = 10): FrameRecord => ({
  codec: 'vp8',
  timestampUs: timestampMs * 1_000,
  durationUs: 50_000,
  width: 640,
  height: 360,
  payload: new Uint8Array(bytes),
});

/** Takes all that can be taken. */
function drain(order: VideoOrder, nowMs: number): string[] {
  const taken: string[] = [];
  for (let frame = order.peek(nowMs); frame; frame = order.peek(nowMs)) {
    order.take(frame);
    taken.push(`${frame.header.group}.${frame.header.object}`);
  }
  return taken;
}

describe('VideoOrder', () => {
  it('waits for the first keyframe and forgets what came before it', () => {
    const order = new VideoOrder();
    order.push(header(4, 17), record(), 0);
    order.push(header(4, 18), record(), 1);
    expect(drain(order, 1_000)).toEqual([]);
    expect(order.broken).toBe(true);
    order.push(header(5, 0), record(), 1_000);
    order.push(header(4, 19), record(), 1_001);
    order.push(header(5, 1), record(), 1_002);
    expect(drain(order, 1_002)).toEqual(['5.0', '5.1']);
    expect(order.broken).toBe(false);
    expect(order.lost).toBe(0);
    expect(order.length).toBe(0);
  });

  it('sorts neighbours that were swapped, over interleaved groups', () => {
    const order = new VideoOrder();
    order.push(header(1, 0), record(), 0);
    order.push(header(1, 2), record(), 1);
    expect(drain(order, 2)).toEqual(['1.0']);
    order.push(header(2, 0), record(), 3);
    order.push(header(1, 1), record(), 4);
    order.push(header(1, 3), record(), 5);
    expect(drain(order, 6)).toEqual(['1.1', '1.2', '1.3', '2.0']);
  });

  it('goes on over one object that a relay left out', () => {
    const order = new VideoOrder();
    order.push(header(1, 0), record(), 0);
    order.push(header(1, 2), record(), 0);
    order.push(header(1, 4), record(), 0);
    expect(drain(order, 100)).toEqual(['1.0', '1.2', '1.4']);
  });

  it('breaks at a larger gap, and heals at the next keyframe', () => {
    const order = new VideoOrder();
    order.push(header(1, 0), record(), 0);
    order.push(header(1, 3), record(), 0);
    expect(drain(order, 10)).toEqual(['1.0']);
    expect(order.broken).toBe(false);
    expect(drain(order, 100)).toEqual([]);
    expect(order.broken).toBe(true);
    order.push(header(1, 4), record(), 110);
    expect(order.length).toBe(0);
    order.push(header(2, 0), record(), 120);
    expect(drain(order, 120)).toEqual(['2.0']);
  });

  it('breaks at once when an object that others need could not be opened, and does not for one that may be missing', () => {
    const order = new VideoOrder();
    order.push(header(1, 0), record(), 0);
    order.push(header(1, 2), record(), 0);
    drain(order, 0);
    order.lose(header(1, 1, true));
    expect(order.broken).toBe(false);
    expect(drain(order, 100)).toEqual(['1.2']);
    order.lose(header(1, 3));
    expect(order.broken).toBe(true);
  });

  it('breaks when the keyframe of a new group is missing', () => {
    const order = new VideoOrder();
    order.push(header(1, 0), record(), 0);
    drain(order, 0);
    order.push(header(2, 1), record(), 10);
    order.push(header(2, 2), record(), 20);
    expect(drain(order, 20)).toEqual([]);
    expect(order.broken).toBe(false);
    expect(drain(order, 60)).toEqual([]);
    expect(order.broken).toBe(true);
    expect(order.length).toBe(0);
  });

  it('finds a newer keyframe to skip to', () => {
    const order = new VideoOrder();
    order.push(header(1, 0), record(), 0);
    order.push(header(1, 1), record(), 0);
    order.push(header(1, 2), record(), 0);
    order.take(order.peek(0)!);
    order.push(header(3, 0), record(500), 0);
    const newer = order.newerKeyframe()!;
    expect(newer.header.group).toBe(3);
    order.skipTo(newer);
    expect(order.lost).toBe(2);
    expect(drain(order, 0)).toEqual(['3.0']);
    expect(order.newerKeyframe()).toBeUndefined();
  });

  it('holds a bounded number of frames and bytes', () => {
    const order = new VideoOrder();
    for (let i = 0; i < 2_000; i++) {
      order.push(header(1, i), record(), 0);
      expect(order.length).toBeLessThanOrEqual(150);
    }
    expect(order.broken).toBe(true);

    const large = new VideoOrder();
    for (let i = 0; i < 3; i++) large.push(header(1, i), record(0, 5 * 1024 * 1024), 0);
    expect(large.length).toBe(0);
  });

  it('drops duplicates and what is older than what was shown', () => {
    const order = new VideoOrder();
    order.push(header(2, 0), record(), 0);
    order.push(header(2, 0), record(), 0);
    expect(drain(order, 0)).toEqual(['2.0']);
    order.push(header(2, 0), record(), 0);
    order.push(header(1, 0), record(), 0);
    expect(order.length).toBe(0);
  });
});
