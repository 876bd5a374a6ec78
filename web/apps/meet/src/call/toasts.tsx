import { useRoomEvent } from '@confab/react';
import { X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  /** Stays until what it tells of is over. */
  readonly lasting?: boolean;
}

/** How long arrivals and departures are gathered into one message, so that a crowd makes one toast. */
const gatherMs = 1200;
const showMs = 5000;

/** Joins, leaves and reconnecting, said once and briefly. */
export function Toasts(): ReactNode {
  const t = useStrings();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const lastId = useRef(0);
  const [mountedAt] = useState(() => Date.now());
  const timers = useRef(new Set<number>());
  const gathering = useRef<Record<'joined' | 'left', string[]>>({ joined: [], left: [] });

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
  const gather = (kind: 'joined' | 'left', name: string): void => {
    const names = gathering.current[kind];
    names.push(name);
    if (names.length > 1) return;
    later(gatherMs, () => {
      const [first, ...more] = names.splice(0);
      const template = more.length === 0 ? t.toast[kind] : t.toast[`${kind}Many`];
      show(fill(template, { name: first!, n: more.length }));
    });
  };

  useRoomEvent('participantConnected', ({ participant }) => {
    if (participant.encryption === 'refused') return;
    if ((participant.joinedAt?.getTime() ?? 0) > mountedAt) gather('joined', displayName(t, participant));
  });
  useRoomEvent('participantDisconnected', ({ participant }) => {
    if (participant.encryption !== 'refused') gather('left', displayName(t, participant));
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
    <ol className="toasts" aria-live="polite">
      {toasts.map((toast) => (
        <li key={toast.id} className="toast">
          <span>{toast.text}</span>
          {!toast.lasting && (
            <button className="icon-button" aria-label={t.toast.close} onClick={() => dismiss(toast.id)}>
              <X size={16} aria-hidden />
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
