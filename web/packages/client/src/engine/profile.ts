/** What a participant says of itself after joining, sent as an encrypted data message on {@link PROFILE_TOPIC}. */
export interface Profile {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Topics that begin so are the library's own. */
export const RESERVED_TOPIC_PREFIX = 'confab/';
export const PROFILE_TOPIC = 'confab/profile';

const LONGEST_NAME = 256;
const MOST_ATTRIBUTES = 64;
const LONGEST_ATTRIBUTE = 4096;

export function encodeProfile(profile: Profile): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ name: profile.name, attributes: profile.attributes }));
}

/** What is over a limit or of another shape is left out, and undefined is returned when nothing is left. */
export function parseProfile(bytes: Uint8Array): Profile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, attributes } = value as { name?: unknown; attributes?: unknown };
  if (typeof name !== 'string') return undefined;
  const entries = Object.entries(typeof attributes === 'object' && attributes !== null ? attributes : {})
    .filter((entry): entry is [string, string] =>
      entry.every((s) => typeof s === 'string' && s.length <= LONGEST_ATTRIBUTE),
    )
    .slice(0, MOST_ATTRIBUTES);
  return { name: name.slice(0, LONGEST_NAME), attributes: Object.fromEntries(entries) };
}
