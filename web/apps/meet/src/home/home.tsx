import { useLanguage } from '@confab/react';
import { ArrowRight, CalendarPlus, History, KeyRound, LockKeyhole, Video, X } from 'lucide-react';
import { useId, useState, type FormEvent, type ReactNode } from 'react';
import { signIn, useMe } from '../api/me.js';
import { createMeeting } from '../api/meetings.js';
import { ApiError } from '../api/problem.js';
import { makeInvitation } from '../state/links.js';
import { go, meetingLink } from '../state/location.js';
import { forgetMeeting, recentMeetings } from '../state/recent.js';
import { appName, useWords } from '../strings/index.js';
import { Account } from './account.js';
import { OwnMeetings } from './own-meetings.js';
import { Schedule } from './schedule.js';

/** One button that makes a meeting in the browser, one field that takes a link. */
export function Home(): ReactNode {
  const t = useWords();
  const language = useLanguage();
  const [text, setText] = useState('');
  const [bad, setBad] = useState(false);
  const [recent, setRecent] = useState(recentMeetings);
  const fieldId = useId();
  const me = useMe();
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [planning, setPlanning] = useState(false);
  const [version, setVersion] = useState(0);

  const closed = me !== undefined && !me.canCreate && !me.canSignIn;

  const start = async (): Promise<void> => {
    if (me && !me.canCreate && me.canSignIn) return signIn();
    setStarting(true);
    setProblem(undefined);
    try {
      const { id } = await createMeeting({ settings: { waitingRoom: true } });
      go(await makeInvitation(id));
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
      setStarting(false);
    }
  };

  const open = (url: URL): void => {
    if (url.origin === location.origin) go(url.href);
    else location.assign(url.href);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const url = meetingLink(text);
    if (url) open(url);
    else setBad(true);
  };
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

  return (
    <main className="confab-page home">
      <header className="brand">
        <img src="/icon.svg" alt="" width={36} height={36} />
        <span>{appName}</span>
        <Account me={me} />
      </header>
      <section className="hero">
        <h1>{t.home.tagline}</h1>
        <p className="confab-muted">
          <LockKeyhole size={16} aria-hidden /> {t.home.explain}
        </p>
        <p className="confab-muted confab-small">
          <KeyRound size={15} aria-hidden /> {t.home.key}
        </p>
        {closed ? (
          <p>{t.home.closed}</p>
        ) : (
          <button
            className="confab-button confab-primary confab-large"
            onClick={() => void start()}
            disabled={starting}
            data-action="start"
          >
            <Video size={20} aria-hidden />
            {t.home.start}
          </button>
        )}
        {problem && (
          <p className="confab-problem" role="alert">
            {problem}
          </p>
        )}
        {me?.canCreate &&
          (planning ? (
            <Schedule onDone={() => setPlanning(false)} onMade={() => setVersion((n) => n + 1)} />
          ) : (
            <button className="confab-button" onClick={() => setPlanning(true)} data-action="schedule">
              <CalendarPlus size={18} aria-hidden />
              {t.schedule.open}
            </button>
          ))}
        <div className="or" aria-hidden>
          <span>{t.home.or}</span>
        </div>
        <form onSubmit={submit} className="paste" noValidate>
          <label htmlFor={fieldId} className="confab-visually-hidden">
            {t.home.pasteLabel}
          </label>
          <input
            id={fieldId}
            className="confab-field"
            type="url"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            placeholder={t.home.pastePlaceholder}
            value={text}
            aria-invalid={bad}
            aria-describedby={bad ? `${fieldId}-error` : undefined}
            onChange={(e) => {
              setText(e.target.value);
              setBad(false);
            }}
          />
          <button className="confab-button" type="submit" disabled={text.trim() === ''}>
            {t.home.join}
            <ArrowRight size={18} aria-hidden />
          </button>
        </form>
        {bad && (
          <p id={`${fieldId}-error`} className="confab-problem" role="alert">
            {t.home.badLink}
          </p>
        )}
      </section>
      {(me?.id !== undefined || version > 0) && <OwnMeetings version={version} onOpen={open} />}
      {recent.length > 0 && (
        <section className="recent" aria-labelledby="recent">
          <h2 id="recent">
            <History size={16} aria-hidden /> {t.home.recent}
          </h2>
          <ul>
            {recent.map((meeting) => (
              <li key={meeting.room}>
                <a
                  href={meeting.link}
                  onClick={(e) => {
                    e.preventDefault();
                    open(new URL(meeting.link));
                  }}
                >
                  <span>{meeting.room}</span>
                  <time dateTime={new Date(meeting.joinedAt).toISOString()}>{date.format(meeting.joinedAt)}</time>
                </a>
                <button
                  className="confab-icon-button"
                  aria-label={`${t.home.forget}: ${meeting.room}`}
                  title={t.home.forget}
                  onClick={() => {
                    forgetMeeting(meeting.room);
                    setRecent(recentMeetings());
                  }}
                >
                  <X size={16} aria-hidden />
                </button>
              </li>
            ))}
          </ul>
          <p className="confab-muted confab-small">{t.home.recentNote}</p>
        </section>
      )}
    </main>
  );
}
