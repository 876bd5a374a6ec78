import { NOT_COMPARED, type ParticipantState, type VerificationStep } from '../engine/protocol.js';
import { runningEngine, type RoomContext } from './context.js';
import type { Verification } from './encryption-types.js';
import type {
  LinkQuality,
  Participant,
  ParticipantEncryption,
  Permissions,
  RemoteParticipant,
  Source,
  Track,
} from './types.js';
import type { RemoteTrackView } from './remote-track.js';
import { shared, sharedList } from './snapshot.js';

const NOTHING_ALLOWED: Permissions = { publish: [], subscribe: false, data: false, admin: false };

/** What is known of a participant before the engine has told. */
export const UNKNOWN_PARTICIPANT: ParticipantState = {
  identity: '',
  name: '',
  attributes: {},
  permissions: NOTHING_ALLOWED,
  roles: { recorder: false, operator: false },
  quality: 'unknown',
  encryption: 'pending',
  away: false,
  joinedMs: 0,
  handMs: 0,
  host: false,
  verification: NOT_COMPARED,
};

/** A participant as the page sees it: the engine's last state of it, and what the page adds. */
export abstract class ParticipantView<T extends Track> implements Participant {
  abstract readonly isLocal: boolean;
  abstract readonly tracks: ReadonlyMap<Source, T>;
  abstract readonly audioLevel: number;
  isSpeaking = false;
  protected state: ParticipantState;

  constructor(state: ParticipantState) {
    this.state = state;
  }

  /** Takes the engine's new state. Parts that are equal stay the same objects. */
  update(state: ParticipantState): void {
    this.state = {
      ...state,
      attributes: shared(this.state.attributes, state.attributes),
      roles: shared(this.state.roles, state.roles),
      permissions: shared(this.state.permissions, {
        ...state.permissions,
        publish: sharedList(this.state.permissions.publish, state.permissions.publish),
      }),
    };
  }

  track(source: Source): T | undefined {
    return this.tracks.get(source);
  }

  get identity(): string {
    return this.state.identity;
  }

  get name(): string {
    return this.state.name;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.state.attributes;
  }

  get permissions(): Permissions {
    return this.state.permissions;
  }

  get roles(): Participant['roles'] {
    return this.state.roles;
  }

  get quality(): LinkQuality {
    return this.state.quality;
  }

  get encryption(): ParticipantEncryption {
    return this.state.encryption;
  }

  get away(): boolean {
    return this.state.away;
  }

  get handMs(): number {
    return this.state.handMs;
  }

  get handRaisedAt(): Date | undefined {
    return this.state.handMs > 0 ? new Date(this.state.handMs) : undefined;
  }

  get isHost(): boolean {
    return this.state.host;
  }

  get verification(): Verification {
    return this.state.verification;
  }

  get joinedAt(): Date | undefined {
    return this.state.joinedMs > 0 ? new Date(this.state.joinedMs) : undefined;
  }
}

/** Another participant. */
export class RemoteParticipantView extends ParticipantView<RemoteTrackView> implements RemoteParticipant {
  readonly isLocal = false;
  readonly tracks = new Map<Source, RemoteTrackView>();
  readonly #room: RoomContext;

  constructor(room: RoomContext, state: ParticipantState) {
    super(state);
    this.#room = room;
  }

  startVerification(): Promise<void> {
    return this.#verify('start');
  }

  finishVerification(same: boolean): Promise<void> {
    return this.#verify(same ? 'same' : 'different');
  }

  cancelVerification(): Promise<void> {
    return this.#verify('cancel');
  }

  async #verify(step: VerificationStep): Promise<void> {
    await runningEngine(this.#room).request<'verify'>({ method: 'verify', identity: this.identity, step });
  }

  get audioLevel(): number {
    return this.tracks.get('microphone')?.level ?? 0;
  }
}
