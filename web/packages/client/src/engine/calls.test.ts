import { describe, expect, it } from 'vitest';
import { PendingCalls } from './calls.js';
import { Failure } from './failure.js';

const CLOSED = { code: 'closed', message: 'over', retryable: false } as const;

function someCalls(): { calls: PendingCalls; sent: number[] } {
  return { calls: new PendingCalls(({ code, message, retryable }) => new Failure(code, message, retryable)), sent: [] };
}

describe('PendingCalls', () => {
  it('leads each answer to the call that has its id, in any order', async () => {
    const { calls, sent } = someCalls();
    const [a, b] = [calls.call((id) => sent.push(id)), calls.call((id) => sent.push(id))];
    calls.settle({ type: 'answer', id: sent[1]!, value: 'b' });
    calls.settle({ type: 'answer', id: sent[0]!, value: 'a' });
    expect(await Promise.all([a, b])).toEqual(['a', 'b']);
  });

  it('rejects with the error of the answer', async () => {
    const { calls, sent } = someCalls();
    const call = calls.call((id) => sent.push(id));
    calls.settle({ type: 'answer', id: sent[0]!, error: CLOSED });
    await expect(call).rejects.toMatchObject(CLOSED);
  });

  it('rejects when what was to be sent cannot be', async () => {
    const { calls } = someCalls();
    const call = calls.call(() => {
      throw new DOMException('not cloneable', 'DataCloneError');
    });
    await expect(call).rejects.toThrow('not cloneable');
  });

  it('leaves no call hanging at the end, and bears late answers', async () => {
    const { calls, sent } = someCalls();
    const call = calls.call((id) => sent.push(id));
    calls.failAll(CLOSED);
    calls.settle({ type: 'answer', id: sent[0]!, value: 1 });
    await expect(call).rejects.toMatchObject(CLOSED);
  });
});
