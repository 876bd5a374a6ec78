import { useEffect, useRef, type ReactNode } from 'react';

export interface LevelMeterProps {
  /** Loudness 0…1, read once a frame. */
  readonly level: () => number;
  readonly className?: string;
  readonly label: string;
}

/** A bar that follows a loudness. It writes a CSS variable (`--level`) from an animation frame and never renders again. */
export function LevelMeter({ level, className, label }: LevelMeterProps): ReactNode {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    let shown = 0;
    const draw = (): void => {
      shown = Math.max(level(), shown * 0.85);
      element.current?.style.setProperty('--level', shown.toFixed(3));
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [level]);
  return <div ref={element} className={className} role="img" aria-label={label} />;
}
