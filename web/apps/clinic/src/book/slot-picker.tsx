import { useEffect, useState, type ReactNode } from 'react';
import { get, plainly } from '../api/request.js';
import type { Doctor, Slot } from '../api/types.js';
import { Loading } from '../parts/loading.js';
import { Problem } from '../parts/problem.js';
import { dayOf, timeOf } from '../parts/time.js';

/** How many times are shown before one asks for more. */
const shownFirst = 12;

/** One of the times at which a doctor is free. */
export function SlotPicker(p: {
  doctor: Doctor;
  chosen: Slot | undefined;
  onChoose: (slot: Slot | undefined) => void;
}): ReactNode {
  const [days, setDays] = useState<ReadonlyMap<string, readonly Slot[]>>();
  const [day, setDay] = useState<string>();
  const [all, setAll] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { id } = p.doctor;
  useEffect(() => {
    const left = new AbortController();
    get<readonly Slot[]>(`doctors/${id}/slots`, { signal: left.signal }).then(
      (slots) => {
        const found = new Map<string, Slot[]>();
        for (const slot of slots) {
          const day = dayOf(slot.starts);
          found.set(day, [...(found.get(day) ?? []), slot]);
        }
        setDays(found);
        setDay([...found.keys()][0]);
      },
      (error: unknown) => !left.signal.aborted && setProblem(plainly(error)),
    );
    return () => left.abort();
  }, [id]);

  if (problem) return <Problem text={problem} />;
  if (!days) return <Loading />;
  const slots = (day && days.get(day)) || [];
  const shown = all ? slots : slots.slice(0, shownFirst);
  return (
    <fieldset>
      <legend>Choose a time</legend>
      <div className="days" role="group" aria-label="Day">
        {[...days.keys()].map((one) => (
          <button
            key={one}
            type="button"
            className="day"
            aria-pressed={one === day}
            onClick={() => {
              setDay(one);
              setAll(false);
              p.onChoose(undefined);
            }}
          >
            {one}
          </button>
        ))}
      </div>
      <div className="slots">
        {shown.map((slot) => (
          <label key={slot.starts} className="choice slot">
            <input
              type="radio"
              name="slot"
              value={slot.starts}
              checked={p.chosen?.starts === slot.starts}
              onChange={() => p.onChoose(slot)}
            />
            <span>{timeOf(slot.starts)}</span>
          </label>
        ))}
      </div>
      {shown.length < slots.length && (
        <button type="button" className="button quiet" onClick={() => setAll(true)} data-action="more-times">
          Show {slots.length - shown.length} more
        </button>
      )}
    </fieldset>
  );
}
