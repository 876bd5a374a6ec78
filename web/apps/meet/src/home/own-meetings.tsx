import { CopyButton, useLanguage } from '@confab/react';
import { CalendarDays, Trash2 } from 'lucide-react';
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { deleteMeeting, ownMeetings, type Meeting } from '../api/meetings.js';
import { forgetLink, keptLink } from '../state/links.js';
import { useWords } from '../strings/index.js';

/** Meetings that were planned; `version` changes when there may be another. */
export function OwnMeetings(p: { version: number; onOpen: (url: URL) => void }): ReactNode {
  const t = useWords();
  const language = useLanguage();
  const [meetings, setMeetings] = useState<readonly Meeting[]>([]);
  const [failed, setFailed] = useState(false);
  const { version } = p;
  const load = useCallback(async () => {
    const all = await ownMeetings();
    return all.filter(({ starts, ended }) => starts !== undefined && ended === undefined);
  }, []);
  useEffect(() => {
    let live = true;
    load().then(
      (found) => live && setMeetings(found),
      () => live && setFailed(true),
    );
    return () => {
      live = false;
    };
  }, [load, version]);
  if (failed) return <p className="confab-problem">{t.meetings.failed}</p>;
  if (meetings.length === 0) return null;
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <section className="recent" aria-labelledby="own-meetings">
      <h2 id="own-meetings">
        <CalendarDays size={16} aria-hidden /> {t.meetings.title}
      </h2>
      <ul>
        {meetings.map((meeting) => {
          const link = keptLink(meeting.id);
          return (
            <li key={meeting.id}>
              <a
                href={link ?? `/m/${meeting.id}`}
                onClick={(e) => {
                  e.preventDefault();
                  p.onOpen(new URL(link ?? `/m/${meeting.id}`, location.origin));
                }}
              >
                <span>{meeting.title || meeting.id}</span>
                <time dateTime={meeting.starts}>{date.format(new Date(meeting.starts!))}</time>
              </a>
              {link ? (
                <CopyButton text={link} label={t.meetings.copy} className="confab-button confab-small" />
              ) : (
                <span className="confab-muted confab-small">{t.meetings.elsewhere}</span>
              )}
              <button
                className="confab-icon-button"
                aria-label={`${t.meetings.remove}: ${meeting.title || meeting.id}`}
                title={t.meetings.remove}
                onClick={() => {
                  void deleteMeeting(meeting.id).then(
                    () => {
                      forgetLink(meeting.id);
                      setMeetings((old) => old.filter(({ id }) => id !== meeting.id));
                    },
                    () => setFailed(true),
                  );
                }}
              >
                <Trash2 size={16} aria-hidden />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
