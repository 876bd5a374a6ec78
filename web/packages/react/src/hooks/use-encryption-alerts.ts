import type { EncryptionAlert, Room } from '@confab/client';
import { useEffect, useMemo, useState } from 'react';
import { useRoom } from '../room-context.js';
import { sameItems, useRoomState } from './use-room-state.js';

/** Who has just come in is not admitted for the moment in which a host's word of it is on its way. */
const settleMs = 2_000;

/** Since when somebody in a room is not admitted, by identity: the same for all who ask. */
const firstSeen = new WeakMap<Room, Map<string, number>>();

/** What people must be told of, leaving out what passes by itself within two seconds. */
export function useEncryptionAlerts(): readonly EncryptionAlert[] {
  const room = useRoom();
  const alerts = useRoomState((s) => s.encryption.alerts);
  const [lasting, setLasting] = useState<ReadonlySet<string>>(() => lastingIn(room));

  useEffect(() => {
    const seen = seenIn(room);
    const now = new Set(alerts.filter(mayPass).map(({ identity }) => identity));
    for (const identity of seen.keys()) if (!now.has(identity)) seen.delete(identity);
    for (const identity of now) if (!seen.has(identity)) seen.set(identity, performance.now());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      setLasting((old) => shared(old, lastingIn(room)));
      const due = [...seen.values()].map((at) => at + settleMs - performance.now()).filter((ms) => ms > 0);
      if (due.length > 0) timer = setTimeout(show, Math.min(...due));
    };
    show();
    return () => clearTimeout(timer);
  }, [room, alerts]);

  return useMemo(() => alerts.filter((alert) => !mayPass(alert) || lasting.has(alert.identity)), [alerts, lasting]);
}

function seenIn(room: Room): Map<string, number> {
  const known = firstSeen.get(room) ?? new Map<string, number>();
  firstSeen.set(room, known);
  return known;
}

function lastingIn(room: Room): ReadonlySet<string> {
  const settled = performance.now() - settleMs;
  return new Set([...seenIn(room)].filter(([, at]) => at <= settled).map(([identity]) => identity));
}

function shared(old: ReadonlySet<string>, next: ReadonlySet<string>): ReadonlySet<string> {
  return sameItems([...old], [...next]) ? old : next;
}

function mayPass({ code }: EncryptionAlert): boolean {
  return code === 'not-admitted';
}
