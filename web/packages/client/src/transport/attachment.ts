import type { Connection } from './connection.js';
import type { LinkError } from './errors.js';
import type { Liveness } from './liveness.js';
import type { Session } from './session.js';

/** A connection of a link, from its Hello to its end. */
export class Attachment {
  /** Before Welcome; in use; replaced by another but still bringing objects; done with. */
  phase: 'greeting' | 'attached' | 'draining' | 'closed' = 'greeting';
  session: Session | undefined;
  /** Number of the last numbered message that came on this connection. */
  cursor: number;
  liveness: Liveness | undefined;
  readonly since = performance.now();
  readonly greeted: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: LinkError) => void;

  constructor(
    readonly connection: Connection,
    /** Token of its Hello. */
    readonly token: string,
    /** The session its Hello asks to resume. */
    readonly resumes: Session | undefined,
  ) {
    this.session = resumes;
    this.cursor = resumes?.processed ?? 0;
    this.greeted = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.greeted.catch(() => undefined);
  }

  welcomed(): void {
    this.phase = 'attached';
    this.#resolve();
  }

  refused(error: LinkError): void {
    this.#reject(error);
  }

  close(): void {
    this.phase = 'closed';
    this.liveness?.stop();
    this.connection.close();
  }
}
