import type { EncryptionAlert } from '@confab/client';
import { ShieldAlert, TriangleAlert, X } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useEncryptionAlerts } from '../hooks/use-encryption-alerts.js';
import { useModeration } from '../hooks/use-moderation.js';
import { useRoomState } from '../hooks/use-room-state.js';
import { attempt } from '../parts/attempt.js';
import { displayName } from '../parts/display-name.js';
import { fill, useStrings, type Strings } from '../strings/index.js';
import { useComparing } from './verification.js';

/** More at a time are read by nobody; the people panel has them all. */
const most = 2;

/** What encryption warns of, worst first, each with what to do about it. */
export function SecurityAlerts(p: { onCode: () => void; onLeave: () => void }): ReactNode {
  const t = useStrings();
  const alerts = useEncryptionAlerts();
  const [hidden, setHidden] = useState<readonly string[]>([]);
  // One that ends and comes again is shown again.
  useEffect(() => setHidden((old) => old.filter((key) => alerts.some((alert) => keyOf(alert) === key))), [alerts]);
  const shown = alerts
    .filter((alert) => alert.code !== 'silent' && !hidden.includes(keyOf(alert)))
    .sort((a, b) => Number(isDanger(b)) - Number(isDanger(a)))
    .slice(0, most);
  return (
    <ul className="confab-alerts" aria-label={t.alerts.label} aria-live="assertive">
      {shown.map((alert) => (
        <Alert
          key={keyOf(alert)}
          alert={alert}
          onCode={p.onCode}
          onLeave={p.onLeave}
          onHide={() => setHidden((old) => [...old, keyOf(alert)])}
        />
      ))}
    </ul>
  );
}

/** How bad it is that there are alerts: somebody may hear what others say, or only somebody is there who hears nothing. */
export function alarmOf(alerts: readonly EncryptionAlert[]): 'danger' | 'caution' | undefined {
  if (alerts.some(isDanger)) return 'danger';
  return alerts.some(({ code }) => code !== 'silent') ? 'caution' : undefined;
}

function isDanger({ code }: EncryptionAlert): boolean {
  return code === 'roster-differs' || code === 'misbehaved';
}

function keyOf({ code, identity }: EncryptionAlert): string {
  return `${code} ${identity}`;
}

function Alert(p: { alert: EncryptionAlert; onCode: () => void; onLeave: () => void; onHide: () => void }): ReactNode {
  const { code, identity } = p.alert;
  const t = useStrings();
  const comparing = useComparing();
  const { isHost: moderates, letIn, remove } = useModeration();
  const admits = useRoomState((s) => s.local.isHost);
  const participant = useRoomState((s) => s.remotes.find((one) => one.identity === identity));
  const name = displayName(t, participant ?? { name: '', identity });
  const differed = participant?.verification.state === 'differed';
  const { title, text, todo } = wordsOf(t, code, differed, admits);
  const danger = isDanger(p.alert);
  return (
    <li className="confab-alert" data-alert={code} data-danger={danger}>
      <p className="confab-alert-title">
        {danger ? <ShieldAlert size={20} aria-hidden /> : <TriangleAlert size={20} aria-hidden />}
        <strong>{fill(title, { name })}</strong>
      </p>
      <p>{fill(text, { name })}</p>
      <p>{fill(todo, { name })}</p>
      <div className="confab-row">
        {code === 'roster-differs' && (
          <button className="confab-button confab-small" data-action="alert-code" onClick={p.onCode}>
            {t.alerts.code}
          </button>
        )}
        {danger && !differed && comparing && (
          <button
            className="confab-button confab-small"
            data-action="alert-compare"
            onClick={() => comparing.compare(identity)}
          >
            {t.verification.compare}
          </button>
        )}
        {code === 'not-admitted' && admits && (
          <button
            className="confab-button confab-small"
            data-action="alert-let-in"
            onClick={() => attempt(letIn(identity))}
          >
            {t.host.admitShort}
          </button>
        )}
        {!danger && moderates && (
          <button
            className="confab-button confab-small"
            data-action="alert-remove"
            onClick={() => attempt(remove(identity))}
          >
            {t.host.remove}
          </button>
        )}
        {danger && (
          <button className="confab-button confab-small" data-action="alert-leave" onClick={p.onLeave}>
            {t.alerts.leave}
          </button>
        )}
      </div>
      <button
        className="confab-icon-button confab-alert-hide"
        aria-label={t.alerts.hide}
        title={t.alerts.hide}
        data-action="alert-hide"
        onClick={p.onHide}
      >
        <X size={18} aria-hidden />
      </button>
    </li>
  );
}

function wordsOf(
  { alerts: t }: Strings,
  code: EncryptionAlert['code'],
  differed: boolean,
  admits: boolean,
): { title: string; text: string; todo: string } {
  if (differed) return { title: t.differedTitle, text: t.differedText, todo: t.differedTodo };
  switch (code) {
    case 'roster-differs':
      return { title: t.rosterTitle, text: t.rosterText, todo: t.rosterTodo };
    case 'not-admitted':
      return {
        title: t.notAdmittedTitle,
        text: t.notAdmittedText,
        todo: admits ? t.notAdmittedTodoHost : t.notAdmittedTodo,
      };
    case 'removed-by-host':
      return { title: t.removedTitle, text: t.removedText, todo: t.removedTodo };
    default:
      return { title: t.misbehavedTitle, text: t.misbehavedText, todo: t.misbehavedTodo };
  }
}
