import type { EncryptionState, LinkQuality } from '../room/types.js';
import type { Welcome } from '../wire/gen/confab/v1/control_pb.js';
import { equal } from './equal.js';
import type { Profile } from './profile.js';
import { NOT_COMPARED, type Delta, type ParticipantState } from './protocol.js';
import { permissionsOf } from './sources.js';

const ENCRYPTION = { pending: 'pending', active: 'active', failed: 'refused', disabled: 'disabled' } as const;

/** This participant as the page sees it: told whenever something of it changed. */
export class LocalState {
  quality: LinkQuality = 'unknown';
  /** When the hand was raised; 0 while it is down. */
  handMs = 0;
  encryption: EncryptionState | undefined;
  readonly #emit: (delta: Delta) => void;
  #shown: ParticipantState | undefined;

  constructor(emit: (delta: Delta) => void) {
    this.#emit = emit;
  }

  /** host: to the others' encryption it is one. */
  show(welcome: Welcome | undefined, profile: Profile, host: boolean): void {
    if (!welcome) return;
    const participant: ParticipantState = {
      identity: welcome.identity,
      ...profile,
      permissions: permissionsOf(welcome.grants),
      roles: { recorder: false, operator: false },
      quality: this.quality,
      encryption: ENCRYPTION[this.encryption?.status ?? 'pending'],
      away: false,
      joinedMs: 0,
      handMs: this.handMs,
      host,
      verification: NOT_COMPARED,
    };
    if (equal(this.#shown, participant)) return;
    this.#shown = participant;
    this.#emit({ kind: 'local', participant });
  }
}
