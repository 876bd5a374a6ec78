import { Check, DoorOpen, Video } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { DayItem } from '../api/types.js';
import { inWords, minutesBetween, timeOf } from '../parts/time.js';

/** One appointment of the day, and what to do about it now. */
export function DayRow({ item, now, onAdmit }: { item: DayItem; now: number; onAdmit: () => void }): ReactNode {
  const [admitting, setAdmitting] = useState(false);
  const page = `/doctor/visit/${item.id}`;
  return (
    <li className="day-row" data-status={item.status} data-patient={item.patient}>
      <time dateTime={item.starts}>
        {timeOf(item.starts)}
        <small>{timeOf(item.ends)}</small>
      </time>
      <div className="day-who">
        <strong>{item.patient}</strong>
        {item.reason && <small>{item.reason}</small>}
      </div>
      <p className="chip" data-status={item.status}>
        {item.status === 'ended' && <Check size={16} aria-hidden />}
        {standingOf(item, now)}
      </p>
      <div className="day-action">
        {item.status === 'waiting' && (
          <button
            className="button primary"
            disabled={admitting}
            aria-label={`Admit ${item.patient}`}
            data-action="admit"
            onClick={() => {
              setAdmitting(true);
              onAdmit();
            }}
          >
            <DoorOpen size={18} aria-hidden />
            Admit
          </button>
        )}
        {item.status === 'admitted' && (
          <a className="button primary" href={page} data-action="return">
            <Video size={18} aria-hidden />
            Return
          </a>
        )}
        {(item.status === 'booked' || item.status === 'ended') && (
          <a className="button quiet" href={page} aria-label={`Open ${item.patient}`} data-action="open">
            Open
          </a>
        )}
      </div>
    </li>
  );
}

function standingOf(item: DayItem, now: number): string {
  switch (item.status) {
    case 'waiting':
      return `Waiting ${inWords(minutesBetween(item.arrivedAt ?? now, now))}`;
    case 'admitted':
      return item.patientPresent ? 'In consultation' : 'Has left the call';
    case 'ended':
      return 'Done';
    case 'booked':
      if (item.arrivedAt) return 'Has left the waiting room';
      return minutesBetween(item.starts, now) >= 1
        ? `Not here, ${inWords(minutesBetween(item.starts, now))} late`
        : 'Not here yet';
  }
}
