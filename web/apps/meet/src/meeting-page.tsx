import { Meeting } from '@confab/react';
import { LogIn } from 'lucide-react';
import { useCallback, useState, type ReactNode } from 'react';
import { signIn, useMe } from './api/me.js';
import { joinToken } from './api/meetings.js';
import { go } from './state/location.js';
import { rememberMeeting } from './state/recent.js';
import { onlyTab } from './state/single-tab.js';
import { useWords } from './strings/index.js';

/** The page of one meeting. */
export function MeetingPage({ room: roomName, link }: { room: string; link: string }): ReactNode {
  const t = useWords();
  const me = useMe();
  const [refused, setRefused] = useState(false);
  const open = me?.guest === true && me.canCreate;
  const token = useCallback(
    async ({ signal }: { signal: AbortSignal }) => {
      // Where guests need no token, another tab of the same browser is a guest of its own.
      if (open && !(await onlyTab(roomName))) return '';
      return joinToken(roomName, signal);
    },
    [roomName, open],
  );
  return (
    <Meeting
      url={link}
      link={link}
      token={token}
      // For who looks into a call from the browser's console.
      onRoom={(room) => Object.assign(globalThis, { confab: { room } })}
      onJoined={() => rememberMeeting(link, roomName)}
      onEnded={(reason) => setRefused(reason === 'unauthorized')}
      onHome={() => go('/')}
      afterEnd={
        refused &&
        me?.canSignIn &&
        me.guest && (
          <button className="confab-button confab-primary" onClick={signIn} data-action="sign-in">
            <LogIn size={18} aria-hidden />
            {t.account.signInToJoin}
          </button>
        )
      }
    />
  );
}
