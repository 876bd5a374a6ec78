import { E2eeError, type E2eeErrorCode } from './errors.js';
import type { E2eeEvent } from './events.js';
import type { Member } from './member.js';

/** Counts what went wrong, and tells the application what people should see of it. */
export class Trouble {
  readonly counts = new Map<E2eeErrorCode, number>();
  readonly #emit: (event: E2eeEvent) => void;
  readonly #members: () => Iterable<Member>;

  constructor(emit: (event: E2eeEvent) => void, members: () => Iterable<Member>) {
    this.#emit = emit;
    this.#members = members;
  }

  /** Counts bad input and returns its code; rethrows what is no bad input but a fault of ours. */
  count(error: unknown): E2eeErrorCode {
    if (!(error instanceof E2eeError)) throw error;
    this.counts.set(error.code, (this.counts.get(error.code) ?? 0) + 1);
    return error.code;
  }

  /** Runs what bad input makes throw; returns the code of that, counted. */
  async attempt(run: () => Promise<void>): Promise<E2eeErrorCode | undefined> {
    try {
      await run();
      return undefined;
    } catch (error) {
      return this.count(error);
    }
  }

  /** A member misbehaved in a way that no accident explains. */
  flag(session: string, code: E2eeErrorCode): void {
    this.#emit({ type: 'memberFlagged', session, code });
  }

  /** Shows or hides that frames of a member do not open. */
  update(member: Member): void {
    const undecryptable = !member.left && member.requests.hopeless;
    if (undecryptable === member.undecryptable) return;
    member.undecryptable = undecryptable;
    const sessions = Array.from(this.#members())
      .filter((other) => other.undecryptable)
      .map((other) => other.session);
    this.#emit({ type: 'undecryptableChanged', sessions });
  }
}

/** What a promise for plaintext rejects with when the session has been closed. */
export function closedError(): E2eeError {
  return new E2eeError('closed', 'the session is closed');
}
