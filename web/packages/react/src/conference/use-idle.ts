import { useEffect, useState } from 'react';

/** True after `ms` milliseconds without pointer or key. Never on a device without a hovering pointer. */
export function useIdle(ms: number): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    if (!matchMedia('(hover: hover)').matches) return;
    let timer = 0;
    const busy = (): void => {
      setIdle(false);
      clearTimeout(timer);
      timer = window.setTimeout(() => setIdle(true), ms);
    };
    busy();
    const events = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const;
    for (const event of events) addEventListener(event, busy);
    return () => {
      clearTimeout(timer);
      for (const event of events) removeEventListener(event, busy);
    };
  }, [ms]);
  return idle;
}
