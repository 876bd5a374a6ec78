import { CalendarClock, LockKeyhole, Video } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import type { Visit } from '../api/types.js';
import { Avatar } from '../parts/avatar.js';
import { Brand } from '../parts/brand.js';
import { CopyLink } from '../parts/copy-link.js';
import { Documents } from '../parts/documents.js';
import { dayOf, timeOf } from '../parts/time.js';
import { ExpectationShown } from './expectation.js';

/** Before the waiting room: when it is, whom one will see, and what can be got ready. */
export function Arrival(p: { visit: Visit; privateKey: string; onEnter: () => void }): ReactNode {
  const { visit } = p;
  useEffect(() => {
    document.title = `Your appointment with ${visit.doctor.name}`;
  }, [visit.doctor.name]);
  return (
    <>
      <Brand />
      <main className="page narrow">
        <section className="card appointment">
          <header className="person">
            <Avatar name={visit.doctor.name} large />
            <div>
              <h1>Your appointment</h1>
              <p>
                {visit.doctor.name}, <span className="specialty">{visit.doctor.specialty}</span>
              </p>
            </div>
          </header>
          <p className="when">
            <CalendarClock size={22} aria-hidden />
            <span>
              <strong>
                {dayOf(visit.starts)}, {timeOf(visit.starts)} to {timeOf(visit.ends)}
              </strong>
              {visit.reason && <small>{visit.reason}</small>}
            </span>
          </p>
          <ExpectationShown visit={visit} />
          <button className="button primary large wide" onClick={p.onEnter} data-action="enter">
            <Video size={20} aria-hidden />
            Check camera and enter the waiting room
          </button>
          <p className="fact">
            <LockKeyhole size={18} aria-hidden />
            The call is encrypted from your device to your doctor’s. Nobody else can see or hear it.
          </p>
        </section>
        <section className="card" aria-labelledby="get-ready">
          <h2 id="get-ready">Something to show?</h2>
          <p className="muted">
            Add a photo, a letter or a list of your medicines. {visit.doctor.name} sees it in the call.
          </p>
          <Documents visit={visit} privateKey={p.privateKey} />
        </section>
        <section className="card row-card" aria-labelledby="keep-link">
          <div>
            <h2 id="keep-link">Keep this page</h2>
            <p className="muted">Come back by its link, on any device. Whoever has the link can take your place.</p>
          </div>
          <CopyLink />
        </section>
      </main>
    </>
  );
}
