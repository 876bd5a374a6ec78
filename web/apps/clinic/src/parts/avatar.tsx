import type { ReactNode } from 'react';

/** Initials on a colour that is always the same for a name. The name is written beside it. */
export function Avatar({ name, large = false }: { name: string; large?: boolean }): ReactNode {
  const words = name.replace(/^Dr\.\s+/, '').split(/\s+/);
  const initials = words.map((word) => word.charAt(0)).filter((letter) => letter !== '');
  return (
    <span className="avatar" data-large={large} data-tint={tintOf(name)} aria-hidden>
      {[initials[0], initials.at(-1)].slice(0, Math.min(initials.length, 2)).join('').toUpperCase()}
    </span>
  );
}

function tintOf(name: string): number {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % 5;
}
