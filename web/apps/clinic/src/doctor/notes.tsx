import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { ask, plainly } from '../api/request.js';
import type { Visit } from '../api/types.js';

const pauseMs = 800;

/** What the doctor writes for itself. It is kept as soon as the writing pauses, and tried again until it is. */
export function Notes({ visit }: { visit: Visit }): ReactNode {
  const { id } = visit;
  const [text, setText] = useState(visit.notes ?? '');
  const [problem, setProblem] = useState<string>();
  const [saved, setSaved] = useState(text);
  const [attempt, setAttempt] = useState(0);
  const heading = useId();
  const newest = useRef(text);
  useEffect(() => {
    newest.current = text;
    if (text === saved) return undefined;
    const timer = setTimeout(
      () => {
        ask('PUT', `visits/${id}/notes`, { notes: text }).then(
          () => {
            setSaved(text);
            setProblem(undefined);
          },
          (error: unknown) => {
            setProblem(plainly(error));
            setAttempt((n) => n + 1);
          },
        );
      },
      pauseMs * 2 ** Math.min(attempt, 4),
    );
    return () => clearTimeout(timer);
  }, [id, text, saved, attempt]);
  const unsaved = text !== saved;
  useEffect(() => {
    const last = (): void => {
      if (!unsaved) return;
      void fetch(`/api/visits/${id}/notes`, {
        method: 'PUT',
        keepalive: true,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ notes: newest.current }),
      });
    };
    addEventListener('pagehide', last);
    return () => removeEventListener('pagehide', last);
  }, [id, unsaved]);
  return (
    <section className="notes">
      <h2 id={heading}>Notes</h2>
      <textarea
        name="notes"
        aria-labelledby={heading}
        placeholder="Only you read these."
        maxLength={20_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <small className="muted" role="status" data-saved={!unsaved}>
        {problem ?? (unsaved ? 'Saving…' : text ? 'Saved' : 'Saved as you write')}
      </small>
    </section>
  );
}
