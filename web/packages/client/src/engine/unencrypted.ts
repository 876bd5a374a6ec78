import type { FrameSource } from '../e2ee/kid.js';
import type { ParticipantInfo } from '../wire/gen/confab/v1/control_pb.js';
import { NO_ENCRYPTION, NOT_COMPARED } from './protocol.js';
import { Failure } from './failure.js';
import type { Joining, Security, SecurityHandlers } from './security.js';

const NO_ROLES = { recorder: false, operator: false };

/** Begins an announcement, which holds the name and nothing else. An encrypted one never begins with it. */
const UNENCRYPTED = 0;

/** Protects nothing: `keys: 'insecure-none'`. Everybody in the room must have chosen so. */
export class Unencrypted implements Security {
  readonly #handlers: SecurityHandlers;

  constructor(handlers: SecurityHandlers) {
    this.#handlers = handlers;
  }

  async announcement({ name }: Joining): Promise<Uint8Array> {
    return Uint8Array.of(UNENCRYPTED, ...new TextEncoder().encode(name));
  }

  async describe(announcement: Uint8Array): Promise<{ name: string; refused: boolean }> {
    return describe(announcement);
  }

  keyGeneration(): number {
    return 0;
  }

  welcome(participants: readonly ParticipantInfo[]): void {
    this.#handlers.state({ ...NO_ENCRYPTION, status: 'disabled' });
    for (const participant of participants) this.joined(participant);
  }

  joined({ session, announcement }: ParticipantInfo): void {
    const { name, refused } = describe(announcement);
    const state = refused ? 'refused' : 'disabled';
    this.#handlers.member(session, { state, name, roles: NO_ROLES, host: false, verification: NOT_COMPARED });
  }

  left(session: string): void {
    this.#handlers.gone(session);
  }

  receive(): void {}

  connected(): void {}

  waited(): void {}

  hosting(): undefined {
    return undefined;
  }

  async setGuard(): Promise<void> {}

  async admit(): Promise<void> {}

  async remove(): Promise<void> {}

  async setHost(): Promise<void> {}

  async verify(): Promise<void> {
    throw new Failure('encryption-failed', 'Nothing is encrypted, so there is nothing to verify.');
  }

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

function describe(announcement: Uint8Array): { name: string; refused: boolean } {
  const refused = announcement[0] !== UNENCRYPTED;
  return { name: refused ? '' : new TextDecoder().decode(announcement.subarray(1)), refused };
}
