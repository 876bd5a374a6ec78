import type { E2eeEvent } from '../events.js';
import { Role } from '../announcement.js';
import { E2eeSession } from '../session.js';
import type { E2eeSessionOptions } from '../session-options.js';
import type { OutgoingMessage } from '../distribution.js';

/** A message on its way to one recipient. */
export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly common: Uint8Array;
  readonly payload: Uint8Array;
}

export type JoinOptions = Partial<E2eeSessionOptions>;

/** A participant of the simulated room. */
export interface Participant {
  readonly name: string;
  readonly e2ee: E2eeSession;
  readonly events: E2eeEvent[];
  readonly sent: OutgoingMessage[];
}

export const ROOM = 'simulated';
export const SECRET = new Uint8Array(32).fill(7);

/** A room on a node that delivers in order, with a clock that moves only when told to. */
export class Network {
  now = 0;
  /** Decides about every delivery; by default all arrive. */
  deliver: (delivery: Delivery) => boolean = () => true;
  /** Whether two participants hear of each other; by default all do. */
  acquainted: (a: string, b: string) => boolean = () => true;
  readonly participants = new Map<string, Participant>();
  #inFlight: Promise<unknown>[] = [];

  /** Somebody joins and everybody is told; waits until what follows from it at this instant is done. */
  async join(name: string, options: JoinOptions = {}): Promise<Participant> {
    const participant = await this.enter(name, options);
    await this.settle();
    return participant;
  }

  /** The same without waiting. first: what it is told before it is told of the others. */
  async enter(name: string, options: JoinOptions = {}, first?: (e2ee: E2eeSession) => void): Promise<Participant> {
    const events: E2eeEvent[] = [];
    const sent: OutgoingMessage[] = [];
    const e2ee = await E2eeSession.create({
      secret: SECRET,
      room: ROOM,
      name,
      roles: Role.publisher,
      ...options,
      now: () => this.now,
      onEvent: (event) => events.push(event),
      onSend: (message) => {
        sent.push(message);
        for (const part of message.parts) this.#route({ from: name, common: message.common, ...part });
      },
    });
    first?.(e2ee);
    const participant = { name, e2ee, events, sent };
    const announcement = e2ee.announcement();
    for (const other of this.participants.values()) {
      if (!this.acquainted(name, other.name)) continue;
      this.#inFlight.push(other.e2ee.memberJoined(name, announcement));
      this.#inFlight.push(e2ee.memberJoined(other.name, other.e2ee.announcement()));
    }
    this.participants.set(name, participant);
    return participant;
  }

  async leave(participant: Participant, removed = false): Promise<void> {
    this.participants.delete(participant.name);
    for (const other of this.participants.values()) {
      this.#inFlight.push(other.e2ee.memberLeft(participant.name, removed));
    }
    await this.settle();
  }

  /** Lets the given time pass, waking every session exactly when it asks for it. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await this.settle();
      const due = Math.min(...Array.from(this.participants.values(), ({ e2ee }) => e2ee.nextWake() ?? Infinity));
      if (due > end) break;
      this.now = Math.max(this.now, due);
      for (const { e2ee } of this.participants.values()) {
        if ((e2ee.nextWake() ?? Infinity) <= this.now) this.#inFlight.push(e2ee.advance());
      }
    }
    this.now = end;
  }

  /** Waits until nothing happens any more at this instant. */
  async settle(): Promise<void> {
    do {
      await Promise.all(this.#inFlight.splice(0));
      for (const { e2ee } of this.participants.values()) await e2ee.idle();
    } while (this.#inFlight.length > 0);
  }

  #route(delivery: Delivery): void {
    const recipient = this.participants.get(delivery.to);
    if (recipient && this.deliver(delivery)) {
      this.#inFlight.push(recipient.e2ee.receive(delivery.from, delivery.common, delivery.payload));
    }
  }
}

/** The codes and types of a participant's events, in order, for comparing. */
export function eventTypes(participant: Participant): string[] {
  return participant.events.map((event) => event.type);
}
