import type { ParticipantSnapshot } from '@confab/client';

/** Whether nothing but `isSpeaking` tells two snapshots of a participant apart. For what does not show who speaks. */
export function sameButSpeaking(a: ParticipantSnapshot, b: ParticipantSnapshot): boolean {
  if (a === b) return true;
  const fields = Object.keys(a) as (keyof ParticipantSnapshot)[];
  return fields.every((field) => field === 'isSpeaking' || Object.is(a[field], b[field]));
}
