import { RoomError } from '@confab/client';
import { fill, type Strings } from '../strings/index.js';

/** What stands in the way of a device, in words that say what to do. */
export function deviceProblem(t: Strings, error: Error, device: string): string {
  const code = error instanceof RoomError && error.code in t.device ? error.code : 'device-failed';
  return fill(t.device[code as keyof Strings['device']], { device });
}
