import type { EncryptionState } from '@confab/client';
import { useEncryption } from '../hooks/use-encryption.js';
import { usePressOutside } from '../hooks/use-press-outside.js';
import { LockKeyhole, LockKeyholeOpen, ShieldAlert } from 'lucide-react';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { useStrings, type Strings } from '../strings/index.js';

type Level = 'good' | 'pending' | 'unverified' | 'bad';

/** Says plainly who can see and hear the call; opens the safety code. */
export function EncryptionBadge(): ReactNode {
  const t = useStrings();
  const encryption = useEncryption();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const { level, label, text } = describe(t, encryption);
  useEffect(() => {
    if (!open) return;
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    addEventListener('keydown', escape);
    return () => removeEventListener('keydown', escape);
  }, [open]);
  usePressOutside(box, open, () => setOpen(false));
  return (
    <div className="confab-encryption" ref={box}>
      <button
        className="confab-badge"
        data-level={level}
        data-action="encryption"
        aria-label={label}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {level === 'bad' ? (
          <ShieldAlert size={16} aria-hidden />
        ) : level === 'good' ? (
          <LockKeyhole size={16} aria-hidden />
        ) : (
          <LockKeyholeOpen size={16} aria-hidden />
        )}
        <span className="confab-badge-label">{label}</span>
      </button>
      <div id={id} className="confab-popover" role="dialog" aria-label={t.encryption.title} hidden={!open}>
        <h2>{t.encryption.title}</h2>
        <p>{text}</p>
        {encryption.safetyCode !== '' && (
          <>
            <h3>{t.encryption.code}</h3>
            <p className="confab-safety-code">
              {encryption.safetyCode.split(' ').map((group, i) => (
                <span key={i}>{group}</span>
              ))}
            </p>
            <p className="confab-muted confab-small">{t.encryption.codeHint}</p>
          </>
        )}
      </div>
      {level === 'bad' && (
        <p className="confab-encryption-alarm" role="alert">
          {text}
        </p>
      )}
    </div>
  );
}

function describe(t: Strings, e: EncryptionState): { level: Level; label: string; text: string } {
  switch (e.status) {
    case 'failed':
      return { level: 'bad', label: t.encryption.failed, text: t.encryption.failedText };
    case 'disabled':
      return { level: 'bad', label: t.encryption.disabled, text: t.encryption.disabledText };
    case 'pending':
      return { level: 'pending', label: t.encryption.pending, text: t.encryption.pendingText };
    case 'active':
      return e.verified
        ? { level: 'good', label: t.encryption.badge, text: t.encryption.activeText }
        : { level: 'unverified', label: t.encryption.unverified, text: t.encryption.unverifiedText };
  }
}
