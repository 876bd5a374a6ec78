import { Clock, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Visit } from '../api/types.js';
import { inWords, timeOf } from '../parts/time.js';

/** Below this nobody minds, and estimates are not that good. */
const onTimeMinutes = 3;

/** What a patient can expect: whose turn it is, and when it probably is theirs. */
export function ExpectationShown({ visit }: { visit: Visit }): ReactNode {
  const expected = visit.expectation;
  if (!expected) return null;
  const late = expected.lateMinutes >= onTimeMinutes;
  return (
    <dl className="expectation">
      <div>
        <Users size={22} aria-hidden />
        <dt>Your place</dt>
        <dd data-place={expected.ahead + 1} aria-live="polite">
          {placeOf(expected.ahead)}
        </dd>
      </div>
      <div data-late={late}>
        <Clock size={22} aria-hidden />
        <dt>Your turn</dt>
        <dd>
          About {timeOf(expected.at)}
          <small>
            {late
              ? `${visit.doctor.name} is running about ${inWords(expected.lateMinutes)} late`
              : `${visit.doctor.name} is on time`}
          </small>
        </dd>
      </div>
    </dl>
  );
}

function placeOf(ahead: number): string {
  if (ahead === 0) return 'You are next';
  return ahead === 1 ? '1 person before you' : `${ahead} people before you`;
}
