import { useEffect, useState } from 'react';
import { ask, Refusal } from './request.js';

export interface Followed<T> {
  /** The newest; undefined until the first has come. */
  readonly state: T | undefined;
  /** Why there is none, or no newer one; undefined while all is well. */
  readonly trouble: Refusal | undefined;
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** Keeps something of the clinic up to date, over interruptions. It gives up when the clinic refuses it. */
export function useFollowed<T>(path: string, key?: string): Followed<T> {
  const [followed, setFollowed] = useState<Followed<T>>({ state: undefined, trouble: undefined });
  useEffect(() => {
    const ended = new AbortController();
    void follow<T>(path, key, ended.signal, (change) => setFollowed((before) => ({ ...before, ...change })));
    return () => ended.abort();
  }, [path, key]);
  return followed;
}

async function follow<T>(
  path: string,
  key: string | undefined,
  signal: AbortSignal,
  tell: (change: Partial<Followed<T>>) => void,
): Promise<void> {
  let pause = firstPauseMs;
  while (!signal.aborted) {
    try {
      const response = await ask('GET', path, undefined, { key, signal });
      for await (const state of events<T>(response)) {
        pause = firstPauseMs;
        tell({ state, trouble: undefined });
      }
    } catch (error) {
      if (signal.aborted) return;
      const trouble = error instanceof Refusal ? error : undefined;
      if (trouble) tell({ trouble });
      if (trouble && trouble.status >= 400 && trouble.status < 500) return;
    }
    await delay(pause * (0.5 + Math.random() / 2));
    pause = Math.min(pause * 2, longestPauseMs);
  }
}

/** The events of a stream (HTML, section 9.2), each one line of JSON. */
async function* events<T>(response: Response): AsyncGenerator<T> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n\n');
    rest = parts.pop()!;
    for (const part of parts) {
      if (part.startsWith('data: ')) yield JSON.parse(part.slice('data: '.length)) as T;
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
