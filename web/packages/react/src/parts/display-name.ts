import type { Strings } from '../strings/index.js';

/** What a participant is called on screen: the encrypted name once it is known, else "Guest". */
export function displayName(t: Strings, p: { name: string; identity: string }): string {
  return p.name !== '' ? p.name : t.call.guest;
}

/** Up to two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? [...word][0]! : ''));
  return letters.join('').toLocaleUpperCase();
}

/** A hue in degrees that stays the same for an identity. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const char of identity) hash = (hash * 31 + char.codePointAt(0)!) % 360;
  return hash;
}
