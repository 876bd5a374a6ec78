import type { WaitingParticipant } from '@confab/client';
import { Check, KeyRound, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useModeration, useWaiting } from '../hooks/use-moderation.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings } from '../strings/index.js';

/** For hosts: who waits at the door, longest first. */
export function WaitingList(): ReactNode {
  const t = useStrings();
  const waiting = useWaiting();
  const { admitAll } = useModeration();
  if (waiting.length === 0) return null;
  return (
    <section className="confab-waiting-list" aria-label={t.host.waiting}>
      <h3>{fill(t.host.waitingCount, { n: waiting.length })}</h3>
      <ul className="confab-people">
        {waiting.map((person) => (
          <Waiting key={person.id} person={person} />
        ))}
      </ul>
      {waiting.length > 1 && (
        <button className="confab-button confab-small" onClick={() => attempt(admitAll())} data-action="admit-all">
          {t.host.admitAll}
        </button>
      )}
    </section>
  );
}

function Waiting({ person }: { person: WaitingParticipant }): ReactNode {
  const t = useStrings();
  const { admit, reject } = useModeration();
  const name = displayName(t, person);
  return (
    <li data-identity={person.identity}>
      <span className="confab-person-name">{name}</span>
      {person.refused && <KeyRound size={16} className="confab-poor" aria-label={t.people.refused} />}
      <button
        className="confab-icon-button"
        aria-label={fill(t.host.reject, { name })}
        title={fill(t.host.reject, { name })}
        data-action="reject"
        onClick={() => attempt(reject(person.id))}
      >
        <X size={18} aria-hidden />
      </button>
      <button
        className="confab-button confab-primary confab-small"
        aria-label={`${t.host.admitShort}: ${name}`}
        data-action="admit"
        onClick={() => attempt(admit(person.id))}
      >
        <Check size={16} aria-hidden />
        {t.host.admitShort}
      </button>
    </li>
  );
}
