import { LinkError, type ClientKind, type Link } from '../transport/index.js';
import type { Error as WireErrorMessage } from '../wire/gen/confab/v1/control_pb.js';
import { Answers } from './answers.js';
import type { Failure } from './failure.js';
import { wireFailure } from './wire-errors.js';

/** Sends messages to the node, and tells of its answers. */
export class Outbox {
  readonly #answers = new Answers();
  readonly #link: Pick<Link, 'send'>;
  readonly #warn: (message: string) => void;

  /** warn: takes errors that nobody waits for. */
  constructor(link: Pick<Link, 'send'>, warn: (message: string) => void) {
    this.#link = link;
    this.#warn = warn;
  }

  /** failed, done: how the node answered. Throws a failure when it can't be sent and nobody waits for that. */
  send(message: ClientKind, failed?: (failure: Failure) => void, done?: () => void): void {
    const requestId = this.#answers.expect(failed, done);
    try {
      this.#link.send(message, requestId);
    } catch (error) {
      this.#answers.take(requestId);
      const failure = error instanceof LinkError ? wireFailure(error.code, error.message) : undefined;
      if (failed && failure) failed(failure);
      else throw failure ?? error;
    }
  }

  done(requestId: number): void {
    this.#answers.done(requestId);
  }

  failed({ code, message, requestId }: WireErrorMessage): void {
    const failed = this.#answers.take(requestId);
    if (failed) failed(wireFailure(code, message));
    else this.#warn(`the node answered ${code}: ${message}`);
  }

  /** The node answers nothing any more of what was sent. */
  lost(why: Failure): void {
    this.#answers.clear(why);
  }
}
