import { LockKeyhole, SendHorizontal } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { displayName } from '../parts/display-name.js';
import { useLanguage } from '../root/confab-root.js';
import { useStrings } from '../strings/index.js';
import type { Chat } from './chat-log.js';

/** Messages of this call, newest at the bottom. */
export function ChatPanel({ chat }: { chat: Chat }): ReactNode {
  const t = useStrings();
  const language = useLanguage();
  const [text, setText] = useState('');
  const [failed, setFailed] = useState(false);
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Braces: newer engines return a promise, which React would take for a clean-up function.
    end.current?.scrollIntoView({ block: 'end' });
  }, [chat.messages]);
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' });

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const message = text.trim();
    if (message === '') return;
    setText('');
    setFailed(false);
    try {
      await chat.send(message);
    } catch {
      setText(message);
      setFailed(true);
    }
  };

  return (
    <>
      <p className="confab-panel-note confab-muted confab-small">
        <LockKeyhole size={14} aria-hidden /> {t.chat.empty}
      </p>
      <ol className="confab-messages" aria-live="polite">
        {chat.messages.map((m, i) => {
          const follows = chat.messages[i - 1]?.identity === m.identity;
          return (
            <li key={m.id} data-mine={m.mine} data-follows={follows}>
              {!follows && (
                <p className="confab-message-head">
                  <strong>{m.mine ? t.call.you : displayName(t, m)}</strong>{' '}
                  <time dateTime={new Date(m.at).toISOString()}>{time.format(m.at)}</time>
                </p>
              )}
              <p className="confab-message-text" dir="auto">
                <Linked text={m.text} />
              </p>
            </li>
          );
        })}
        <li ref={end} aria-hidden />
      </ol>
      <form className="confab-message-form" onSubmit={(e) => void submit(e)}>
        {failed && (
          <p className="confab-problem" role="alert">
            {t.chat.failed}
          </p>
        )}
        <textarea
          data-first
          className="confab-field"
          name="message"
          rows={2}
          maxLength={4000}
          dir="auto"
          aria-label={t.chat.placeholder}
          placeholder={t.chat.placeholder}
          value={text}
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && !e.shiftKey && !e.nativeEvent.isComposing) void submit(e);
          }}
        />
        <button className="confab-icon-button" type="submit" aria-label={t.chat.send} disabled={text.trim() === ''}>
          <SendHorizontal aria-hidden />
        </button>
      </form>
    </>
  );
}

const address = /(https?:\/\/[^\s<>"]+)/;

/** Text with its web addresses as links; nothing else of it is interpreted. */
function Linked({ text }: { text: string }): ReactNode {
  return text.split(address).map((part, i) =>
    i % 2 === 1 && URL.canParse(part) ? (
      <a key={i} href={part} target="_blank" rel="noopener noreferrer">
        {part}
      </a>
    ) : (
      part
    ),
  );
}
