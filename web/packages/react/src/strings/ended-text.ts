import type { Strings } from './index.js';

/** Why there is no call, in a sentence. `reason` is that of the room's `disconnected` event, or the code of a `RoomError`. */
export function endedText(t: Strings, reason: string): string {
  return reason in t.ended ? t.ended[reason as keyof Strings['ended']] : t.ended.failed;
}
