import type { RoomSnapshot } from '@confab/client';
import { useCallback, useRef, useSyncExternalStore } from 'react';
import { useRoom } from '../room-context.js';

/**
 * A part of the room's snapshot. The component renders again only when `select` gives something that `same` tells
 * apart from what it gave before.
 *
 * @param select Reads the part; pure.
 * @param same Defaults to `Object.is`; use {@link sameItems} when `select` makes a new array each time.
 */
export function useRoomState<T>(select: (snapshot: RoomSnapshot) => T, same: (a: T, b: T) => boolean = Object.is): T {
  const { snapshot } = useRoom();
  const last = useRef<{ value: T } | undefined>(undefined);
  const get = (): T => {
    const value = select(snapshot.get());
    if (last.current && same(last.current.value, value)) return last.current.value;
    last.current = { value };
    return value;
  };
  const subscribe = useCallback((changed: () => void) => snapshot.subscribe(changed), [snapshot]);
  return useSyncExternalStore(subscribe, get, get);
}

/**
 * Whether two arrays hold the same items in the same order.
 *
 * @param same Which items are the same. Defaults to `Object.is`.
 */
export function sameItems<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean = Object.is): boolean {
  return a.length === b.length && a.every((item, i) => same(item, b[i]!));
}
