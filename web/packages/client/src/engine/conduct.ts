import type { RoomSettings } from '../room/types.js';
import type { ParticipantInfo, RoomSettings as WireSettings } from '../wire/gen/confab/v1/control_pb.js';
import { Door } from './door.js';
import { equal } from './equal.js';
import { HostKeys } from './host-keys.js';
import type { Command, Delta } from './protocol.js';
import type { Roster } from './roster.js';
import type { Security } from './security.js';

/** How the room is run: its settings, who waits before it, and what that means for the keys. */
export class Conduct {
  readonly #emit: (delta: Delta) => void;
  readonly #door: Door;
  readonly #hostKeys: HostKeys;
  #settings: RoomSettings | undefined;

  constructor(security: Security, roster: Roster, emit: (delta: Delta) => void, log: (error: unknown) => void) {
    this.#emit = emit;
    this.#door = new Door(emit, (announcement) => security.describe(announcement));
    this.#hostKeys = new HostKeys(security, roster, this.#door, log);
  }

  /** The room is entered under these settings. Returns whether it is closed to the node: security has to know before anybody is in it. */
  enter(settings: WireSettings | undefined): boolean {
    return this.#hostKeys.enter(this.#show(settings));
  }

  settingsChanged(settings: WireSettings | undefined): void {
    this.#hostKeys.update(this.#show(settings));
  }

  /** These wait, and nobody else. */
  waiting(people: readonly ParticipantInfo[]): void {
    this.#door.welcome(people);
  }

  waitingJoined(person: ParticipantInfo | undefined): void {
    if (person) this.#door.joined(person);
  }

  waitingLeft(session: string): void {
    this.#door.left(session);
  }

  /** This client became a host to encryption, or ceased to be one. */
  hostingChanged(): void {
    this.#hostKeys.guard();
  }

  /** Does encryption's part of a host's command, which comes before the node's. */
  prepare(command: Command): Promise<void> {
    return this.#hostKeys.prepare(command);
  }

  #show(settings: WireSettings | undefined): RoomSettings {
    const shown = { waitingRoom: settings?.waitingRoom ?? false, locked: settings?.locked ?? false };
    if (!equal(this.#settings, shown)) this.#emit({ kind: 'settings', settings: shown });
    this.#settings = shown;
    return shown;
  }
}
