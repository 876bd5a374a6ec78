import type { EncryptionState } from '@confab/client';
import { useEncryption } from '../hooks/use-encryption.js';
import { useEncryptionAlerts } from '../hooks/use-encryption-alerts.js';
import { usePressOutside } from '../hooks/use-press-outside.js';
import { LockKeyhole, LockKeyholeOpen, ShieldAlert, TriangleAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useRoom } from '../room-context.js';
import { useStrings, type Strings } from '../strings/index.js';
import { EncryptionDetails } from './encryption-details.js';
import { alarmOf, SecurityAlerts } from './security-alerts.js';

type Level = 'good' | 'pending' | 'unverified' | 'caution' | 'bad';

const icons = {
  good: LockKeyhole,
  pending: LockKeyholeOpen,
  unverified: LockKeyholeOpen,
  caution: TriangleAlert,
  bad: ShieldAlert,
};

export interface EncryptionBadgeProps {
  /** Called when the person leaves for a warning, in place of disconnecting the room. */
  readonly onLeave?: () => void;
}

/** Says plainly who can see and hear the call, and warns of what encryption found out; opens the safety code. */
export function EncryptionBadge(p: EncryptionBadgeProps): ReactNode {
  const t = useStrings();
  const room = useRoom();
  const encryption = useEncryption();
  const alarm = alarmOf(useEncryptionAlerts());
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const id = useId();
  const { level, label, text } = describe(t, encryption, alarm);
  const Icon = icons[level];
  useEffect(() => {
    if (!open) return;
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    addEventListener('keydown', escape);
    return () => removeEventListener('keydown', escape);
  }, [open]);
  usePressOutside(box, open, () => setOpen(false));
  const failed = encryption.status === 'failed' || encryption.status === 'disabled';
  return (
    <div className="confab-encryption" ref={box}>
      <button
        ref={opener}
        className="confab-badge"
        data-level={level}
        data-action="encryption"
        aria-label={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <Icon size={16} aria-hidden />
        <span className="confab-badge-label">{label}</span>
      </button>
      <div id={id} className="confab-popover" role="dialog" aria-label={t.encryption.title} hidden={!open}>
        <h2>{t.encryption.title}</h2>
        <p>{text}</p>
        {open && (
          <EncryptionDetails
            onCompare={() => {
              setOpen(false);
              opener.current?.focus();
            }}
          />
        )}
      </div>
      {failed && (
        <p className="confab-encryption-alarm" role="alert">
          {text}
        </p>
      )}
      <SecurityAlerts onCode={() => setOpen(true)} onLeave={p.onLeave ?? (() => void room.disconnect())} />
    </div>
  );
}

function describe(
  t: Strings,
  e: EncryptionState,
  alarm: 'danger' | 'caution' | undefined,
): { level: Level; label: string; text: string } {
  switch (e.status) {
    case 'failed':
      return { level: 'bad', label: t.encryption.failed, text: t.encryption.failedText };
    case 'disabled':
      return { level: 'bad', label: t.encryption.disabled, text: t.encryption.disabledText };
    case 'pending':
      return { level: 'pending', label: t.encryption.pending, text: t.encryption.pendingText };
    case 'active': {
      const text = e.verified ? t.encryption.activeText : t.encryption.unverifiedText;
      if (alarm) return { level: alarm === 'danger' ? 'bad' : 'caution', label: t.alerts[alarm], text };
      return e.verified
        ? { level: 'good', label: t.encryption.badge, text }
        : { level: 'unverified', label: t.encryption.unverified, text };
    }
  }
}
