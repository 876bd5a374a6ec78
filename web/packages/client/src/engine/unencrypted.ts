import type { FrameSource } from '../e2ee/kid.js';
import type { ParticipantInfo } from '../wire/gen/confab/v1/control_pb.js';
import type { Security, SecurityHandlers } from './security.js';

const NOT_KNOWN = { recorder: false, operator: false };

/** The announcement may not be empty (spec/wire.md §1.5). Nobody else's begins with a zero. */
const ANNOUNCEMENT = Uint8Array.of(0);

/** Protects nothing: `keys: 'insecure-none'`. Everybody in the room must have chosen so. */
export class Unencrypted implements Security {
  readonly #handlers: SecurityHandlers;

  constructor(handlers: SecurityHandlers) {
    this.#handlers = handlers;
  }

  async announcement(): Promise<Uint8Array> {
    return ANNOUNCEMENT;
  }

  welcome(participants: readonly ParticipantInfo[]): void {
    this.#handlers.state({ status: 'disabled', verified: false, safetyCode: '', undecryptable: [], refused: [] });
    for (const participant of participants) this.joined(participant);
  }

  joined({ session, announcement }: ParticipantInfo): void {
    const plain = announcement.length === ANNOUNCEMENT.length && announcement[0] === ANNOUNCEMENT[0];
    this.#handlers.member(session, { state: plain ? 'disabled' : 'refused', name: '', roles: NOT_KNOWN });
  }

  left(session: string): void {
    this.#handlers.gone(session);
  }

  receive(): void {}

  async seal(_slot: number, _metadata: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
    return plaintext;
  }

  async open(_session: string, _source: FrameSource, _metadata: Uint8Array, payload: Uint8Array): Promise<Uint8Array> {
    return payload;
  }

  async sealData(_topic: string, data: Uint8Array): Promise<Uint8Array> {
    return data;
  }

  async openData(_session: string, _topic: string, payload: Uint8Array): Promise<Uint8Array> {
    return payload;
  }

  close(): void {}
}
