import { ArrowLeft, CircleDot, DoorOpen, PhoneOff } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useFollowed } from '../api/follow.js';
import { plainly, post } from '../api/request.js';
import type { Visit } from '../api/types.js';
import { Brand } from '../parts/brand.js';
import { Call } from '../parts/call.js';
import { Documents } from '../parts/documents.js';
import { Loading } from '../parts/loading.js';
import { Problem, ProblemPage } from '../parts/problem.js';
import { inWords, minutesBetween, timeOf, useClinicTime } from '../parts/time.js';
import { EndDialog } from './end-dialog.js';
import { Notes } from './notes.js';
import { Record } from './record.js';
import { RecordingConsent } from './recording-consent.js';

/** A consultation as the doctor sees it: the patient, and beside it what is written and shared. */
export function ConsultationPage({ id }: { id: string }): ReactNode {
  const { state: visit, trouble } = useFollowed<Visit>(`visits/${id}/events`);
  const now = useClinicTime(visit?.now);
  const [ending, setEnding] = useState(false);
  const [problem, setProblem] = useState<string>();
  const patient = visit?.patient;
  useEffect(() => {
    if (patient) document.title = `${patient}, Harbour Clinic`;
  }, [patient]);

  if (!visit) {
    if (trouble && trouble.status >= 400 && trouble.status < 500) {
      return (
        <>
          <Brand />
          <ProblemPage title="There is no such appointment" text="It is another doctor’s, or the address is not whole.">
            <a className="button primary" href="/doctor">
              Today’s list
            </a>
          </ProblemPage>
        </>
      );
    }
    return trouble ? <Problem text={trouble.message} /> : <Loading />;
  }
  if (visit.status === 'ended') return <Record visit={visit} />;
  const admit = (): void => {
    setProblem(undefined);
    post(`visits/${id}/admit`).catch((error: unknown) => setProblem(plainly(error)));
  };
  return (
    <div className="consultation doctor">
      <header className="call-head">
        <a className="icon-button" href="/doctor" aria-label="Today’s list" title="Today’s list">
          <ArrowLeft aria-hidden />
        </a>
        <h1 className="call-with">
          <strong>{visit.patient}</strong>
          <small>{standingOf(visit, now)}</small>
        </h1>
        {visit.recording && (
          <span className="recording">
            <CircleDot size={16} aria-hidden />
            Recording
          </span>
        )}
        <button className="button danger" onClick={() => setEnding(true)} data-action="end-consultation">
          <PhoneOff size={18} aria-hidden />
          <span>
            End<span className="wide-only"> consultation</span>
          </span>
        </button>
      </header>
      <Call
        visit={visit.id}
        name={visit.doctor.name}
        autoJoin
        strings={{ ended: { left: 'You have left the call. The consultation goes on.' } }}
        alone={
          visit.status === 'booked'
            ? `${visit.patient} is not here yet.`
            : visit.status === 'waiting'
              ? `${visit.patient} is in the waiting room.`
              : `${visit.patient} is on the way, or has lost the connection.`
        }
      />
      <aside className="panel" aria-label="Consultation">
        {(problem ?? trouble) && <Problem text={problem ?? trouble!.message} />}
        {visit.status === 'waiting' && (
          <section className="knock">
            <p role="status">
              <strong>{visit.patient}</strong> has been waiting for{' '}
              {inWords(minutesBetween(visit.arrivedAt ?? now, now))}.
            </p>
            <button className="button primary" onClick={admit} data-action="admit">
              <DoorOpen size={18} aria-hidden />
              Admit
            </button>
          </section>
        )}
        {visit.reason && (
          <section>
            <h2>Reason</h2>
            <p className="written">{visit.reason}</p>
          </section>
        )}
        <Notes visit={visit} />
        <section>
          <h2>Documents</h2>
          <Documents visit={visit} />
        </section>
        <RecordingConsent visit={visit} />
      </aside>
      {ending && <EndDialog visit={visit} onClose={() => setEnding(false)} />}
    </div>
  );
}

function standingOf(visit: Visit, now: number): string {
  if (visit.admittedAt) return `Since ${inWords(minutesBetween(visit.admittedAt, now))}`;
  return `${timeOf(visit.starts)} to ${timeOf(visit.ends)}`;
}
