import type { Participant } from '@confab/client';
import { useRoomEvent } from '../hooks/use-room-event.js';
import { X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';
import { KnockToast } from './knock-toast.js';
import { OfferToasts } from './offer-toasts.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  /** Stays until what it tells of is over. */
  readonly lasting?: boolean;
}

/** How long arrivals and departures are gathered into one message, so that a crowd makes one toast. */
const gatherMs = 1200;
const showMs = 5000;

export interface ToastsProps {
  /** Opens the list of those who wait; `listed`: it is open. Without it only the first of them can be let in from here. */
  readonly onPeople?: () => void;
  readonly listed?: boolean;
}

/** Joins, leaves and reconnecting, said once and briefly; who waits or asks for something, until that is over. */
export function Toasts(p: ToastsProps): ReactNode {
  const t = useStrings();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const lastId = useRef(0);
  const [mountedAt] = useState(() => Date.now());
  const timers = useRef(new Set<number>());
  const gathering = useRef<Record<'joined' | 'left', Participant[]>>({ joined: [], left: [] });

  const later = (ms: number, run: () => void): void => {
    const timer = window.setTimeout(() => {
      timers.current.delete(timer);
      run();
    }, ms);
    timers.current.add(timer);
  };
  useEffect(() => () => timers.current.forEach((timer) => clearTimeout(timer)), []);

  const dismiss = (id: number): void => setToasts((old) => old.filter((toast) => toast.id !== id));
  const show = (text: string, lasting = false): number => {
    const id = ++lastId.current;
    setToasts((old) => [...old.slice(-3), { id, text, lasting }]);
    if (!lasting) later(showMs, () => dismiss(id));
    return id;
  };
  const gather = (kind: 'joined' | 'left', participant: Participant): void => {
    const gathered = gathering.current[kind];
    gathered.push(participant);
    if (gathered.length > 1) return;
    later(gatherMs, () => {
      // Name and standing are known only when the announcement has been checked, which is after the joining.
      const [first, ...more] = gathered
        .splice(0)
        .filter(({ encryption }) => encryption !== 'refused' && encryption !== 'apart');
      if (!first) return;
      const template = more.length === 0 ? t.toast[kind] : t.toast[`${kind}Many`];
      show(fill(template, { name: displayName(t, first), n: more.length }));
    });
  };

  useRoomEvent('participantConnected', ({ participant }) => {
    if ((participant.joinedAt?.getTime() ?? 0) > mountedAt) gather('joined', participant);
  });
  useRoomEvent('participantDisconnected', ({ participant }) => {
    gather('left', participant);
  });
  useRoomEvent('trackStopped', ({ source, by }) => {
    const name = by ? displayName(t, by) : t.host.host;
    show(fill(t.toast[source === 'microphone' ? 'muted' : 'stopped'], { name }));
  });
  const reconnecting = useRef<number>(undefined);
  useRoomEvent('reconnecting', () => {
    reconnecting.current ??= show(t.toast.reconnecting, true);
  });
  useRoomEvent('reconnected', () => {
    if (reconnecting.current === undefined) return;
    dismiss(reconnecting.current);
    reconnecting.current = undefined;
    show(t.toast.reconnected);
  });
  const refused = useRef<readonly string[]>([]);
  useRoomEvent('encryptionChanged', (encryption) => {
    if (encryption.status === 'active' && encryption.refused.some((who) => !refused.current.includes(who))) {
      show(t.toast.refused);
    }
    refused.current = encryption.refused;
  });

  return (
    <ol className="confab-toasts" aria-live="polite">
      <OfferToasts />
      <KnockToast listed={p.listed ?? false} {...(p.onPeople && { onPeople: p.onPeople })} />
      {toasts.map((toast) => (
        <li key={toast.id} part="toast" className="confab-toast">
          <span>{toast.text}</span>
          {!toast.lasting && (
            <button className="confab-icon-button" aria-label={t.toast.close} onClick={() => dismiss(toast.id)}>
              <X size={16} aria-hidden />
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
