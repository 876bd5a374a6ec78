import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Visit } from '../api/types.js';
import { Avatar } from '../parts/avatar.js';
import { Brand } from '../parts/brand.js';
import { Documents } from '../parts/documents.js';
import { dateOf, timeOf } from '../parts/time.js';
import { Notes } from './notes.js';

/** What is kept of a consultation that is over. */
export function Record({ visit }: { visit: Visit }): ReactNode {
  return (
    <>
      <Brand>
        <a className="button" href="/doctor" data-action="day">
          <ArrowLeft size={18} aria-hidden />
          Today’s list
        </a>
      </Brand>
      <main className="page narrow">
        <section className="card summary" data-screen="record">
          <header className="person">
            <Avatar name={visit.patient} large />
            <div>
              <h1>{visit.patient}</h1>
              <p className="muted">
                {dateOf(visit.starts)}
                {visit.admittedAt && visit.endedAt && `, ${timeOf(visit.admittedAt)} to ${timeOf(visit.endedAt)}`}
              </p>
            </div>
          </header>
          {visit.reason && (
            <>
              <h2>Reason</h2>
              <p className="written">{visit.reason}</p>
            </>
          )}
          <h2>Summary, as {visit.patient} has it</h2>
          <p className="written">{visit.summary || 'None was written.'}</p>
          {visit.nextSteps && (
            <>
              <h2>Next steps</h2>
              <p className="written">{visit.nextSteps}</p>
            </>
          )}
          <Notes visit={visit} />
          {visit.documents.length > 0 && (
            <>
              <h2>Documents</h2>
              <Documents visit={visit} readOnly />
            </>
          )}
        </section>
      </main>
    </>
  );
}
