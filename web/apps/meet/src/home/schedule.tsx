import { linkKeys } from '@confab/client';
import { CopyButton, fill, useLanguage } from '@confab/react';
import { CalendarPlus, Crown, KeyRound } from 'lucide-react';
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { createMeeting, type Meeting } from '../api/meetings.js';
import { ApiError } from '../api/problem.js';
import { makeInvitation } from '../state/links.js';
import { useWords } from '../strings/index.js';

const minutes = [15, 30, 45, 60, 90, 120];

/** Plans a meeting, and shows the invitation to send. Its secret is made here and goes nowhere but into the invitation. */
export function Schedule(p: { onDone: () => void; onMade: () => void }): ReactNode {
  const t = useWords();
  const id = useId();
  const [title, setTitle] = useState('');
  const [starts, setStarts] = useState(nextHalfHour);
  const [length, setLength] = useState(30);
  const [waitingRoom, setWaitingRoom] = useState(true);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [made, setMade] = useState<{ meeting: Meeting; link: string }>();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setPending(true);
    setProblem(undefined);
    try {
      const begins = new Date(starts);
      const meeting = await createMeeting({
        title: title.trim(),
        starts: begins.toISOString(),
        ends: new Date(begins.getTime() + length * 60_000).toISOString(),
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        settings: { waitingRoom },
      });
      setMade({ meeting, link: await makeInvitation(meeting.id) });
      p.onMade();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : t.schedule.failed);
    } finally {
      setPending(false);
    }
  };

  if (made) return <Invitation {...made} onDone={p.onDone} />;
  return (
    <form className="card" onSubmit={(e) => void submit(e)} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{t.schedule.title}</h2>
      <label className="confab-labelled">
        <span>{t.schedule.about}</span>
        <input
          className="confab-field"
          name="title"
          maxLength={200}
          autoFocus
          value={title}
          onChange={(e) => setTitle(e.target.value)}
        />
      </label>
      <div className="pair">
        <label className="confab-labelled">
          <span>{t.schedule.starts}</span>
          <input
            className="confab-field"
            type="datetime-local"
            name="starts"
            required
            value={starts}
            onChange={(e) => setStarts(e.target.value)}
          />
        </label>
        <label className="confab-labelled">
          <span>{t.schedule.length}</span>
          <select className="confab-field" value={length} onChange={(e) => setLength(Number(e.target.value))}>
            {minutes.map((n) => (
              <option key={n} value={n}>
                {fill(t.schedule.minutes, { n })}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label className="confab-check">
        <input type="checkbox" checked={waitingRoom} onChange={(e) => setWaitingRoom(e.target.checked)} />
        {t.schedule.waitingRoom}
      </label>
      {problem && (
        <p className="confab-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="confab-row">
        <button className="confab-button confab-primary" type="submit" disabled={pending} data-action="plan">
          <CalendarPlus size={18} aria-hidden />
          {t.schedule.create}
        </button>
        <button className="confab-button" type="button" onClick={p.onDone}>
          {t.schedule.cancel}
        </button>
      </div>
    </form>
  );
}

function Invitation(p: { meeting: Meeting; link: string; onDone: () => void }): ReactNode {
  const t = useWords();
  const language = useLanguage();
  const { title, starts } = p.meeting;
  const when =
    starts && new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(starts));
  const text = [title, when, p.link].filter(Boolean).join('\n');
  return (
    <section className="card" aria-label={t.schedule.invitation}>
      <h2>{t.schedule.invitation}</h2>
      <p>
        <strong>{title}</strong> {when}
      </p>
      <code className="confab-link">{p.link}</code>
      <p className="confab-muted confab-small">
        <KeyRound size={15} aria-hidden /> {t.schedule.secret}
      </p>
      {linkKeys(p.link).host && (
        <p className="confab-muted confab-small">
          <Crown size={15} aria-hidden /> {t.schedule.host}
        </p>
      )}
      <div className="confab-row">
        <CopyButton text={text} label={t.schedule.copy} className="confab-button confab-primary" />
        <button className="confab-button" onClick={p.onDone} data-action="done">
          {t.schedule.done}
        </button>
      </div>
    </section>
  );
}

/** As a datetime-local field takes it. */
function nextHalfHour(): string {
  const step = 30 * 60_000;
  const next = new Date(Math.ceil((Date.now() + 1) / step) * step);
  return new Date(next.getTime() - next.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
