import type { Readable } from '@confab/client';
import { createSubscriber } from 'svelte/reactivity';

/**
 * A value of the room as reactive state: `room.snapshot` is the whole room as plain data, a new object whenever something in it has
 * changed. What reads `current` in a component runs again when there is another.
 */
export function reactive<T>(readable: Readable<T>): { readonly current: T } {
  const subscribe = createSubscriber((update) => readable.subscribe(update));
  return {
    get current() {
      subscribe();
      return readable.get();
    },
  };
}
