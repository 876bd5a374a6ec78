import { describe, expect, it, vi } from 'vitest';
import { Emitter } from './emitter.js';

interface Events {
  spoke: { word: string };
  left: Record<string, never>;
}

function heardBy(emitter: Emitter<Events>): (word: string) => void {
  return (word) => emitter.emit('spoke', { word });
}

describe('Emitter', () => {
  it('calls listeners in the order in which they were added, with the one object', () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    emitter.on('spoke', ({ word }) => heard.push(`first ${word}`));
    emitter.on('spoke', ({ word }) => heard.push(`second ${word}`));
    heardBy(emitter)('hello');
    expect(heard).toEqual(['first hello', 'second hello']);
  });

  it('takes a listener off by what `on` returned, by `off`, and by the signal', () => {
    const emitter = new Emitter<Events>();
    const [a, b, c] = [vi.fn(), vi.fn(), vi.fn()];
    const aborter = new AbortController();
    const off = emitter.on('spoke', a);
    emitter.on('spoke', b);
    emitter.on('spoke', c, { signal: aborter.signal });
    off();
    emitter.off('spoke', b);
    aborter.abort();
    heardBy(emitter)('hello');
    for (const fn of [a, b, c]) expect(fn).not.toHaveBeenCalled();
  });

  it('does not put a listener on whose signal is aborted already', () => {
    const emitter = new Emitter<Events>();
    const fn = vi.fn();
    emitter.on('spoke', fn, { signal: AbortSignal.abort() });
    heardBy(emitter)('hello');
    expect(fn).not.toHaveBeenCalled();
  });

  it('calls a `once` listener once, also when it emits the event itself', () => {
    const emitter = new Emitter<Events>();
    const fn = vi.fn(() => heardBy(emitter)('again'));
    emitter.on('spoke', fn, { once: true });
    heardBy(emitter)('hello');
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it('does not call one that was taken off by an earlier one, nor one that was put on meanwhile', () => {
    const emitter = new Emitter<Events>();
    const [removed, added] = [vi.fn(), vi.fn()];
    emitter.on('spoke', () => {
      emitter.off('spoke', removed);
      emitter.on('spoke', added);
    });
    emitter.on('spoke', removed);
    heardBy(emitter)('hello');
    expect(removed).not.toHaveBeenCalled();
    expect(added).not.toHaveBeenCalled();
  });

  it('reports what a listener throws as uncaught and calls the others', async () => {
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    const emitter = new Emitter<Events>();
    const second = vi.fn();
    emitter.on('spoke', () => {
      throw new Error('mine');
    });
    emitter.on('spoke', second);
    heardBy(emitter)('hello');
    expect(second).toHaveBeenCalledOnce();
    const report = queue.mock.calls[0]![0];
    queue.mockRestore();
    expect(report).toThrow('mine');
  });
});
