import type { Readable } from '@confab/client';
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue';

/**
 * A value of the room as a ref: `room.snapshot` is the whole room as plain data, a new object whenever something in it has changed.
 * The ref is shallow, for rooms and tracks have private fields, which are out of reach behind Vue's deep proxies.
 */
export function useReadable<T>(readable: Readable<T>): Readonly<ShallowRef<T>> {
  const value = shallowRef(readable.get());
  onScopeDispose(readable.subscribe(() => (value.value = readable.get())));
  return value;
}
