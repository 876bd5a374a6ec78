import { type Bytes, compare, equal, u32 } from './bytes.js';
import { label, sha512 } from './crypto.js';

const GROUPS = 12;

/**
 * The code people compare aloud: 12 groups of five digits over a set of identity keys, in any order, repeats ignored.
 * Equal codes mean nobody else is in the meeting and nobody sits between.
 */
export async function safetyCode(mid: Bytes, identityKeys: readonly Bytes[]): Promise<string> {
  const sorted = [...identityKeys].sort(compare);
  const unique = sorted.filter((key, i) => i === 0 || !equal(key, sorted[i - 1]!));
  const digest = await sha512(label('safety code'), mid, u32(unique.length), ...unique);
  const groups: string[] = [];
  for (let g = 0; g < GROUPS; g++) {
    let value = 0;
    for (let i = 0; i < 5; i++) value = value * 0x100 + digest[5 * g + i]!;
    groups.push(String(value % 100_000).padStart(5, '0'));
  }
  return groups.join(' ');
}
