import { Failure } from './failure.js';
import type { Door } from './door.js';
import type { Command } from './protocol.js';
import type { Roster } from './roster.js';
import type { Security } from './security.js';

/**
 * Encryption's part of what a host does (spec/e2ee.md §13). The node's part is done either way: what goes wrong here is for the
 * log, and shows as somebody who is set apart.
 */
export class HostKeys {
  readonly #security: Security;
  readonly #roster: Roster;
  readonly #door: Door;
  readonly #log: (error: unknown) => void;
  #settings = { waitingRoom: false, locked: false };

  constructor(security: Security, roster: Roster, door: Door, log: (error: unknown) => void) {
    this.#security = security;
    this.#roster = roster;
    this.#door = door;
    this.#log = log;
  }

  /** The room is entered; returns whether it is closed. */
  enter(settings: { waitingRoom: boolean; locked: boolean }): boolean {
    this.#settings = settings;
    return settings.waitingRoom || settings.locked;
  }

  /** What the node says only ever guards the keys: to loosen them is the host's own doing. */
  update(settings: { waitingRoom: boolean; locked: boolean }): void {
    this.#settings = settings;
    this.guard();
  }

  /** As a host, guards the keys if the room is to be guarded. */
  guard(): void {
    const { waitingRoom, locked } = this.#settings;
    if ((waitingRoom || locked) && this.#security.hosting() === 'unguarded')
      void this.#try(this.#security.setGuard(true));
  }

  /** Before the node is told: otherwise the others would set one apart who comes. */
  async prepare(command: Command): Promise<void> {
    if (command.do === 'letIn') return this.#letIn(command.identity);
    if (!this.#security.hosting()) return;
    switch (command.do) {
      case 'admit':
      case 'admitAll': {
        const announcements = this.#door.announcements(command.do === 'admit' ? command.session : undefined);
        for (const announcement of announcements) await this.#try(this.#security.admit(announcement));
        return;
      }
      case 'remove':
      case 'setHost': {
        const session = this.#roster.byIdentity(command.identity)?.session;
        if (session === undefined) return;
        return this.#try(
          command.do === 'remove' ? this.#security.remove(session) : this.#security.setHost(session, command.on),
        );
      }
      case 'setLocked':
        return this.#choose({ ...this.#settings, locked: command.locked });
      case 'setWaitingRoom':
        return this.#choose({ ...this.#settings, waitingRoom: command.on });
    }
  }

  async #letIn(identity: string): Promise<void> {
    if (!this.#security.hosting()) throw new Failure('forbidden', 'Only a host whom the link names can do this.');
    const member = this.#roster.byIdentity(identity);
    if (!member) throw new Failure('closed', 'That person is not in the meeting any more.');
    await this.#security.admit(member.info.announcement);
  }

  #choose(settings: { waitingRoom: boolean; locked: boolean }): Promise<void> {
    this.#settings = settings;
    return this.#try(this.#security.setGuard(settings.waitingRoom || settings.locked));
  }

  async #try(work: Promise<void>): Promise<void> {
    await work.catch(this.#log);
  }
}
