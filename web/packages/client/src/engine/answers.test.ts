import { describe, expect, it, vi } from 'vitest';
import { Answers } from './answers.js';
import { Failure } from './failure.js';

const lost = new Failure('unreachable', 'The connection was lost.');

describe('answers', () => {
  it('tells of a failure once, and of nothing after it was done', () => {
    const answers = new Answers();
    const failed = vi.fn();
    const done = vi.fn();
    const first = answers.expect(failed, done);
    const second = answers.expect(failed, done);
    expect(first).not.toBe(second);
    answers.done(first);
    answers.done(first);
    expect(answers.take(first)).toBeUndefined();
    expect(done).toHaveBeenCalledTimes(1);
    answers.take(second)?.(lost);
    answers.done(second);
    expect(failed).toHaveBeenCalledTimes(1);
    expect(done).toHaveBeenCalledTimes(1);
  });

  it('tells of commands that they are lost, and of nothing else', () => {
    const answers = new Answers();
    const command = vi.fn();
    const track = vi.fn();
    answers.expect(command, () => {});
    answers.expect(track);
    answers.clear(lost);
    answers.clear(lost);
    expect(command).toHaveBeenCalledTimes(1);
    expect(command).toHaveBeenCalledWith(lost);
    expect(track).not.toHaveBeenCalled();
  });

  it('needs no number for what nobody waits for', () => {
    expect(new Answers().expect(undefined)).toBe(0);
  });
});
