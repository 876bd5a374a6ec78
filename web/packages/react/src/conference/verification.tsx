import { createContext, useContext, useState, type ReactNode } from 'react';
import { useHandler } from '../hooks/use-handler.js';
import { useRoom } from '../room-context.js';
import { VerificationDialog } from './verification-dialog.js';

interface Comparing {
  /** Asks the participant to compare emoji, or answers, and shows how far it is. */
  compare(identity: string): void;
  /** Whom the dialog is about, if it is open. */
  readonly identity: string | undefined;
}

const ComparingContext = createContext<Comparing | undefined>(undefined);

/** How to open the dialog of the nearest {@link VerificationProvider}; undefined outside of one. */
export function useComparing(): Comparing | undefined {
  return useContext(ComparingContext);
}

export interface VerificationProviderProps {
  /** Called when the person leaves for a warning, in place of disconnecting the room. */
  readonly onLeave?: () => void;
  readonly children?: ReactNode;
}

/** Holds the dialog in which two people compare emoji; badges, menus and warnings below it open it. */
export function VerificationProvider(p: VerificationProviderProps): ReactNode {
  const room = useRoom();
  const [identity, setIdentity] = useState<string>();
  const compare = useHandler((wanted: string) => {
    const participant = room.remoteParticipants.get(wanted);
    if (!participant) return;
    const { state } = participant.verification;
    const show = (): void => setIdentity(wanted);
    // In the other states it is under way, and the dialog was closed meanwhile.
    if (state === 'asked' || state === 'agreed' || state === 'shown') return show();
    // It fails with whom is gone.
    participant.startVerification().then(show, () => {});
  });
  return (
    <ComparingContext.Provider value={{ compare, identity }}>
      {p.children}
      {identity !== undefined && (
        <VerificationDialog
          key={identity}
          identity={identity}
          onClose={() => setIdentity(undefined)}
          onLeave={p.onLeave ?? (() => void room.disconnect())}
        />
      )}
    </ComparingContext.Provider>
  );
}
