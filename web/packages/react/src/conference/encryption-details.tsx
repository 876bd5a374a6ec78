import type { EncryptionState, ParticipantSnapshot } from '@confab/client';
import { ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { useEncryption } from '../hooks/use-encryption.js';
import { useParticipants } from '../hooks/use-participants.js';
import { displayName } from '../parts/display-name.js';
import { useLanguage } from '../root/confab-root.js';
import { fill, useStrings, type Strings } from '../strings/index.js';
import { useComparing } from './verification.js';

/** Behind the badge: who lets people in, the code of the whole meeting, and with whom one can compare emoji. */
export function EncryptionDetails({ onCompare }: { onCompare: () => void }): ReactNode {
  const t = useStrings();
  const language = useLanguage();
  const encryption = useEncryption();
  const everyone = useParticipants();
  const comparing = useComparing();
  if (encryption.status === 'disabled' || encryption.status === 'failed') return null;
  const members = everyone.filter((p) => !p.isLocal && (p.encryption === 'active' || p.encryption === 'failing'));
  return (
    <>
      <h3>{t.encryption.whoDecides}</h3>
      <p className="confab-small" data-decides={encryption.named ? 'hosts' : 'server'}>
        {whoDecides(t, encryption, everyone, language)}
      </p>
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
      {comparing && members.length > 0 && (
        <>
          <h3>{t.encryption.oneByOne}</h3>
          <p className="confab-muted confab-small">{t.encryption.oneByOneHint}</p>
          <ul className="confab-members">
            {members.map((p) => (
              <Member
                key={p.identity}
                participant={p}
                onCompare={() => {
                  onCompare();
                  comparing.compare(p.identity);
                }}
              />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Member({ participant: p, onCompare }: { participant: ParticipantSnapshot; onCompare: () => void }): ReactNode {
  const t = useStrings();
  const name = displayName(t, p);
  return (
    <li>
      <span className="confab-member-name">{name}</span>
      {p.verification.state === 'matched' ? (
        <ShieldCheck size={18} className="confab-verified" aria-label={t.call.verified} />
      ) : (
        <button
          className="confab-button confab-small"
          aria-label={fill(t.verification.with, { name })}
          data-action="compare"
          onClick={onCompare}
        >
          {t.verification.compare}
        </button>
      )}
    </li>
  );
}

function whoDecides(
  t: Strings,
  { named, guarded, hosts }: EncryptionState,
  everyone: readonly ParticipantSnapshot[],
  language: string,
): string {
  if (!named) return t.encryption.serverDecides;
  if (!guarded) return t.encryption.linkDecides;
  const here = everyone.filter(({ identity }) => hosts.includes(identity));
  if (here.length === 0) return t.encryption.hostsAway;
  const names = here.map((p) => (p.isLocal ? t.encryption.you : displayName(t, p)));
  return fill(t.encryption.hostsDecide, { names: new Intl.ListFormat(language).format(names) });
}
