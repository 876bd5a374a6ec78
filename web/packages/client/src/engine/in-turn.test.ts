import { describe, expect, it, vi } from 'vitest';
import { InTurn } from './in-turn.js';

describe('InTurn', () => {
  it('hands on in the order of adding, whatever is ready first', async () => {
    const turn = new InTurn(() => {});
    const got: string[] = [];
    let ready: (value: string) => void = () => {};
    const slow = turn.add(new Promise<string>((resolve) => (ready = resolve)), (value) => got.push(value));
    const fast = turn.add(Promise.resolve('second'), (value) => got.push(value));
    ready('first');
    await Promise.all([slow, fast]);
    expect(got).toEqual(['first', 'second']);
  });

  it('leaves out what rejects, and goes on', async () => {
    const rejected = vi.fn();
    const turn = new InTurn(rejected);
    const got: string[] = [];
    const error = new Error('no key');
    void turn.add(Promise.reject<string>(error), (value) => got.push(value));
    await turn.add(Promise.resolve('after'), (value) => got.push(value));
    expect(got).toEqual(['after']);
    expect(rejected).toHaveBeenCalledWith(error);
  });
});
