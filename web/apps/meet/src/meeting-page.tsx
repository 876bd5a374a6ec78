import { Meeting } from '@confab/react';
import type { ReactNode } from 'react';
import { go } from './state/location.js';
import { rememberMeeting } from './state/recent.js';

/** The page of one meeting. */
export function MeetingPage({ room: roomName, link }: { room: string; link: string }): ReactNode {
  return (
    <Meeting
      url={link}
      link={link}
      // For who looks into a call from the browser's console.
      onRoom={(room) => Object.assign(globalThis, { confab: { room } })}
      onJoined={() => rememberMeeting(link, roomName)}
      onHome={() => go('/')}
    />
  );
}
