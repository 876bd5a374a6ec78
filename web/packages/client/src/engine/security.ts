import type { Decisions } from '../e2ee/decisions.js';
import type { FrameSource } from '../e2ee/kid.js';
import type { EncryptionState } from '../room/types.js';
import type { ClientKind } from '../transport/types.js';
import type { E2eeDelivery, ParticipantInfo } from '../wire/gen/confab/v1/control_pb.js';
import type { VerificationStep } from './protocol.js';
import type { MemberEncryption } from './roster.js';

/** What the others are told of one who joins. */
export interface Joining {
  readonly name: string;
  /** Tracks are published already: a sender key is made at once. */
  readonly publishes: boolean;
}

/** What protects a room's media and data; the meeting does not know how. */
export interface Security {
  /** A new announcement, for Hello. Begins anew with everybody once `welcome` is called. */
  announcement(joining: Joining): Promise<Uint8Array>;
  /** What an announcement says of one who is no member, who waits to be one. */
  describe(announcement: Uint8Array): Promise<{ readonly name: string; readonly refused: boolean }>;
  /** Of the own key in use, growing whenever someone has left; 0 without one. */
  keyGeneration(): number;
  /** A fresh session began, and these are in the room. closed: it is locked, or has a waiting room, says the node. */
  welcome(participants: readonly ParticipantInfo[], closed: boolean): void;
  joined(participant: ParticipantInfo): void;
  /** `removed`: a host took it out. `gone` follows, now or later. */
  left(session: string, removed: boolean): void;
  receive(message: E2eeDelivery): void;
  /** The connection is interrupted, or goes on. */
  connected(connected: boolean): void;
  /** The joining that is under way waits to be let in; called before `welcome`. */
  waited(): void;
  /** Whether this client is a host to the others' encryption, and keys go to those only whom hosts admitted. */
  hosting(): 'unguarded' | 'guarded' | undefined;
  /** As a host; they reject when this client is none, or the participant is gone. */
  setGuard(on: boolean): Promise<void>;
  admit(announcement: Uint8Array): Promise<void>;
  remove(session: string): Promise<void>;
  setHost(session: string, on: boolean): Promise<void>;
  /** Compares emoji with a member. */
  verify(session: string, step: VerificationStep): Promise<void>;
  /** Takes its counter before it returns. Rejects when nothing may be sent now. */
  seal(slot: number, metadata: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** Opens what a session sent of an SFrame source. Rejects when it must be dropped. */
  open(session: string, source: FrameSource, metadata: Uint8Array, payload: Uint8Array): Promise<Uint8Array>;
  sealData(topic: string, data: Uint8Array): Promise<Uint8Array>;
  /** Messages of one session settle in the order in which they came. */
  openData(session: string, topic: string, payload: Uint8Array): Promise<Uint8Array>;
  close(): void;
}

export interface SecurityHandlers {
  send(message: ClientKind): void;
  /** What hosts decided changed: to be kept for a page that is loaded anew. */
  keep(decisions: Decisions): Promise<void>;
  /** One's own, given by the node. */
  identity(): string;
  /** What is known of a member changed. */
  member(session: string, encryption: MemberEncryption): void;
  /** What is known of the whole meeting may have changed. */
  state(state: EncryptionState): void;
  /** This client became a host to encryption, or ceased to be one. */
  hostingChanged(): void;
  /** Who left can read nothing that is sent from now on. */
  gone(session: string): void;
  /** A new key is in use: everything starts anew with keyframes. */
  rotated(): void;
  /** Video of an SFrame source was lost for want of its key, which is here now. */
  keyframeWanted(session: string, source: number): void;
  /** The session can't be used: the room has to be joined anew, with a new announcement. */
  rejoin(reason: string): void;
  /** For the log. */
  warn(message: string): void;
}
