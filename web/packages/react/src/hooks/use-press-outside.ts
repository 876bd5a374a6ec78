import { useEffect, type RefObject } from 'react';
import { useHandler } from './use-handler.js';

/** Calls `pressed` when the pointer goes down anywhere but in the box, while `active`. Works in shadow trees too. */
export function usePressOutside(box: RefObject<HTMLElement | null>, active: boolean, pressed: () => void): void {
  const outside = useHandler((event: Event) => {
    // Not event.target, which inside a shadow tree is its host.
    if (box.current && !event.composedPath().includes(box.current)) pressed();
  });
  useEffect(() => {
    if (!active) return;
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, [active, outside]);
}
