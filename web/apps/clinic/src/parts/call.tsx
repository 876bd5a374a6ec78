import { ConfabRoot, Meeting, type ControlName, type MeetingPhase, type PartialStrings } from '@confab/react';
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { entrance, type Entrance } from '../api/join.js';
import { plainly } from '../api/request.js';
import { Loading } from './loading.js';
import { Problem } from './problem.js';

export interface CallProps {
  readonly visit: string;
  readonly privateKey?: string | undefined;
  readonly name: string;
  /** Enters at once, without the look at oneself. */
  readonly autoJoin: boolean;
  readonly strings: PartialStrings;
  readonly whileWaiting?: ReactNode;
  /** Beside oneself, while the other is not there. */
  readonly alone: string;
  /** There is a button to leave; without one the page has a way of its own. */
  readonly canLeave?: boolean;
  readonly onPhase?: (phase: MeetingPhase) => void;
}

const controls: readonly ControlName[] = ['microphone', 'camera', 'screen', 'chat', 'settings'];

/** The video call of a visit: devices, waiting, the call itself. Everything in it is @confab/react's. */
export function Call(p: CallProps): ReactNode {
  const { visit, privateKey } = p;
  const [way, setWay] = useState<Entrance>();
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const unused = useRef<string>(undefined);
  useEffect(() => {
    const left = new AbortController();
    entrance(visit, privateKey, left.signal).then(
      (found) => {
        unused.current = found.token;
        setWay(found);
      },
      (error: unknown) => !left.signal.aborted && setProblem(plainly(error)),
    );
    return () => left.abort();
  }, [visit, privateKey, attempt]);
  const token = useCallback(
    async ({ signal }: { signal: AbortSignal }) => {
      const first = unused.current;
      unused.current = undefined;
      // One that was made for the look at oneself may be too old, or from before the doctor has let one in.
      return first && p.autoJoin ? first : (await entrance(visit, privateKey, signal)).token;
    },
    [visit, privateKey, p.autoJoin],
  );

  if (problem) {
    return (
      <div className="call-trouble">
        <Problem text={problem} />
        <button
          className="button primary"
          onClick={() => {
            setProblem(undefined);
            setAttempt((n) => n + 1);
          }}
        >
          Try again
        </button>
      </div>
    );
  }
  if (!way) return <Loading />;
  return (
    <ConfabRoot language="en" theme="auto" strings={p.strings} className="call">
      <Meeting
        url={way.node}
        keys={way.keys}
        token={token}
        name={p.name}
        autoJoin={p.autoJoin}
        controls={p.canLeave ? [...controls, 'leave'] : controls}
        whileWaiting={p.whileWaiting}
        empty={<p className="alone">{p.alone}</p>}
        {...(p.onPhase && { onPhase: p.onPhase })}
      />
    </ConfabRoot>
  );
}
