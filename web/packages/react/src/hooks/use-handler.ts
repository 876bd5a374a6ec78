import { useCallback, useInsertionEffect, useRef } from 'react';

/**
 * A function that stays the same over all renders and calls the newest `handler`. For events and effects; not to be
 * called while rendering.
 */
export function useHandler<A extends unknown[], R>(handler: (...args: A) => R): (...args: A) => R {
  const newest = useRef(handler);
  useInsertionEffect(() => {
    newest.current = handler;
  });
  return useCallback((...args: A) => newest.current(...args), []);
}
