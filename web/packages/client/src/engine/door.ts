import type { ParticipantInfo } from '../wire/gen/confab/v1/control_pb.js';
import type { Delta, WaitingState } from './protocol.js';
import type { Security } from './security.js';

/** Who waits before the room, as a host sees it. Names become known when their announcements have been opened. */
export class Door {
  readonly #people = new Map<string, WaitingState>();
  readonly #announcements = new Map<string, Uint8Array>();
  readonly #emit: (delta: Delta) => void;
  readonly #describe: Security['describe'];

  constructor(emit: (delta: Delta) => void, describe: Security['describe']) {
    this.#emit = emit;
    this.#describe = describe;
  }

  /** These wait, and nobody else. */
  welcome(people: readonly ParticipantInfo[]): void {
    const before = this.#people.size;
    this.#people.clear();
    this.#announcements.clear();
    for (const info of people) this.#add(info);
    if (before > 0 || people.length > 0) this.#tell();
  }

  /** What somebody announced who waits; of all without a session. */
  announcements(session?: string): Uint8Array[] {
    if (session === undefined) return [...this.#announcements.values()];
    const announcement = this.#announcements.get(session);
    return announcement ? [announcement] : [];
  }

  joined(info: ParticipantInfo): void {
    this.#add(info);
    this.#tell();
  }

  left(session: string): void {
    this.#announcements.delete(session);
    if (this.#people.delete(session)) this.#tell();
  }

  #add({ session, identity, announcement, joinedMs }: ParticipantInfo): void {
    this.#announcements.set(session, announcement);
    this.#people.set(session, { session, identity, name: '', refused: false, sinceMs: Number(joinedMs) });
    void this.#describe(announcement).then((known) => {
      const person = this.#people.get(session);
      if (!person) return;
      this.#people.set(session, { ...person, ...known });
      this.#tell();
    });
  }

  #tell(): void {
    this.#emit({ kind: 'waiting', people: [...this.#people.values()].sort((a, b) => a.sinceMs - b.sinceMs) });
  }
}
