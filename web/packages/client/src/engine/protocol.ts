/**
 * Every message between the page (src/room) and the engine worker (src/engine). The engine holds the truth about the
 * room and sends what changed of it as deltas; the page asks for things by requests and is answered with their `id`.
 */
import type { Decisions } from '../e2ee/decisions.js';
import type { Identity } from '../e2ee/identity.js';
import type { Rotation } from '../media/types.js';
import type {
  ConnectionReport,
  ConnectionState,
  DisconnectReason,
  EncryptionState,
  LinkQuality,
  ParticipantEncryption,
  Permissions,
  PublishOptions,
  RemoteTrack,
  RoomErrorCode,
  RoomSettings,
  RoomStats,
  Source,
} from '../room/types.js';
import type { Verification } from '../room/encryption-types.js';
import type { Farewell } from '../transport/index.js';

export type TransportChoice = 'auto' | 'webtransport' | 'websocket';

/** A RoomError on its way between threads. */
export interface ErrorState {
  readonly code: RoomErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

// What the page asks of the engine.

export interface ConnectRequest {
  readonly method: 'connect';
  readonly origin: string;
  readonly room: string;
  readonly transport: TransportChoice;
  /** What worked with this node lately. */
  readonly hint: 'webtransport' | 'websocket' | undefined;
  /** The meeting's secret; undefined when encryption is switched off. */
  readonly secret: Uint8Array | undefined;
  /** Whom the link names as host. */
  readonly host: Uint8Array | undefined;
  /** The identity to join with; a new one when undefined. */
  readonly identity: Identity | undefined;
  /** What hosts had decided, as the page was last asked to keep it. */
  readonly decisions: Decisions | undefined;
  readonly guestSecret: Uint8Array;
  readonly autoSubscribe: boolean;
  readonly adaptive: boolean;
}

/** Publishes a captured track now, or as soon as the room is joined, and again whenever it is joined anew. */
export interface PublishRequest {
  readonly method: 'publish';
  /** Names the track between page and engine; never used again. */
  readonly key: number;
  readonly source: Source;
  readonly muted: boolean;
  /** Of the captured video; 0 for audio. */
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly options: PublishOptions;
  /** Audio: where the capture worklet delivers PCM. */
  readonly port?: MessagePort;
}

/** What a host wants done. Who waits is named by session, others by identity. */
export type Command =
  | { readonly do: 'admit'; readonly session: string }
  | { readonly do: 'admitAll' }
  | { readonly do: 'reject'; readonly session: string; readonly block: boolean }
  | { readonly do: 'mute'; readonly identity: string; readonly source: Source }
  | { readonly do: 'muteAll' }
  | { readonly do: 'stop'; readonly identity: string; readonly source: Source }
  | { readonly do: 'remove'; readonly identity: string; readonly block: boolean }
  | { readonly do: 'setPermissions'; readonly identity: string; readonly permissions: Partial<Permissions> }
  | { readonly do: 'letIn'; readonly identity: string }
  | { readonly do: 'setHost'; readonly identity: string; readonly on: boolean }
  | { readonly do: 'setLocked'; readonly locked: boolean }
  | { readonly do: 'setWaitingRoom'; readonly on: boolean }
  | { readonly do: 'lowerHand'; readonly identity: string }
  | { readonly do: 'lowerAll' }
  | { readonly do: 'end' };

export type VerificationStep = 'start' | 'same' | 'different' | 'cancel';

export type PageRequest =
  | ConnectRequest
  | PublishRequest
  | { readonly method: 'disconnect' }
  | { readonly method: 'unpublish'; readonly key: number }
  | { readonly method: 'setMuted'; readonly key: number; readonly muted: boolean }
  | {
      readonly method: 'subscribe';
      readonly track: string;
      readonly demand: { readonly maxHeight?: number; readonly priority?: number };
    }
  | { readonly method: 'unsubscribe'; readonly track: string }
  | {
      readonly method: 'sendData';
      readonly topic: string;
      readonly data: Uint8Array;
      /** Identities; undefined: everyone. */
      readonly to: readonly string[] | undefined;
      readonly reliable: boolean;
    }
  | { readonly method: 'setProfile'; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly method: 'setHand'; readonly raised: boolean }
  | { readonly method: 'moderate'; readonly command: Command }
  | { readonly method: 'verify'; readonly identity: string; readonly step: VerificationStep }
  | { readonly method: 'stats' }
  | { readonly method: 'checkConnection'; readonly origin: string };

/** What the engine answers to each request. */
export interface PageResults {
  connect: undefined;
  disconnect: undefined;
  publish: undefined;
  unpublish: undefined;
  setMuted: undefined;
  subscribe: undefined;
  unsubscribe: undefined;
  sendData: undefined;
  setProfile: undefined;
  setHand: undefined;
  moderate: undefined;
  verify: undefined;
  stats: RoomStats;
  checkConnection: ConnectionReport;
}

/** What the engine asks of the page. */
export type EngineRequest =
  /** Answered with a join token. */
  | { readonly method: 'token' }
  /** To be kept for the next page. */
  | { readonly method: 'keepDecisions'; readonly decisions: Decisions }
  /** Answered with the port of a new playout of this remote audio track, which replaces an older one. */
  | { readonly method: 'playout'; readonly track: string; readonly channels: 1 | 2 };

export type Answer =
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly error: ErrorState };

export type ToEngine =
  | { readonly type: 'request'; readonly id: number; readonly request: PageRequest }
  | Answer
  /** A captured frame, transferred; the engine closes it. */
  | { readonly type: 'frame'; readonly key: number; readonly frame: VideoFrame }
  /** How high a remote video is shown, in device pixels; 0 when it is nowhere visible. */
  | { readonly type: 'wantedHeight'; readonly track: string; readonly height: number }
  /** The page's end of it is a ticker that runs while the tab is hidden. */
  | { readonly type: 'ticks'; readonly port: MessagePort };

// What both sides begin with.

/** Nothing is known of a meeting's encryption yet. */
export const NO_ENCRYPTION: EncryptionState = {
  status: 'pending',
  verified: false,
  safetyCode: '',
  undecryptable: [],
  refused: [],
  named: false,
  hosts: [],
  founder: false,
  guarded: false,
  alerts: [],
};

export const NOT_COMPARED: Verification = { state: 'none', emoji: [] };

// What the engine tells the page.

export interface ParticipantState {
  readonly identity: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly permissions: Permissions;
  readonly roles: { readonly recorder: boolean; readonly operator: boolean };
  readonly quality: LinkQuality;
  readonly encryption: ParticipantEncryption;
  readonly away: boolean;
  readonly joinedMs: number;
  readonly handMs: number;
  /** It is a host, and can prove it. */
  readonly host: boolean;
  readonly verification: Verification;
}

/** One who waits, as hosts are told. */
export interface WaitingState {
  readonly session: string;
  readonly identity: string;
  readonly name: string;
  readonly refused: boolean;
  readonly sinceMs: number;
}

export interface RemoteTrackState {
  /** Unique in the room, and the same again when its participant comes back within the grace. */
  readonly id: string;
  readonly source: Source;
  readonly muted: boolean;
  readonly status: RemoteTrack['status'];
}

/** One change of the room. An upsert carries the whole new state. */
export type Delta =
  | {
      readonly kind: 'connection';
      readonly state: ConnectionState;
      readonly transport: 'webtransport' | 'websocket' | undefined;
      /** When reconnecting: why. */
      readonly reason?: RoomErrorCode;
      /** When connected after reconnecting: the session went on. */
      readonly resumed?: boolean;
      /** What a page that is closed ends the session with. */
      readonly farewell: Farewell | undefined;
    }
  | { readonly kind: 'local'; readonly participant: ParticipantState }
  | { readonly kind: 'participant'; readonly participant: ParticipantState }
  | { readonly kind: 'participantGone'; readonly identity: string }
  | { readonly kind: 'track'; readonly identity: string; readonly track: RemoteTrackState }
  | { readonly kind: 'trackGone'; readonly identity: string; readonly id: string }
  | { readonly kind: 'trackFailed'; readonly id: string; readonly error: ErrorState }
  /** A local track that the node refused or that could not be encoded; it is no longer published. */
  | { readonly kind: 'publishFailed'; readonly key: number; readonly error: ErrorState }
  /** A host has muted a local track, or ended it. */
  | { readonly kind: 'trackStopped'; readonly key: number; readonly unpublished: boolean; readonly by: string }
  | { readonly kind: 'settings'; readonly settings: RoomSettings }
  /** All who wait. */
  | { readonly kind: 'waiting'; readonly people: readonly WaitingState[] }
  /** Identities, loudest first. */
  | { readonly kind: 'speakers'; readonly identities: readonly string[] }
  | { readonly kind: 'encryption'; readonly state: EncryptionState }
  | { readonly kind: 'data'; readonly identity: string; readonly topic: string; readonly data: Uint8Array }
  | { readonly kind: 'closed'; readonly reason: DisconnectReason; readonly error?: ErrorState };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type FromEngine =
  | Answer
  | { readonly type: 'request'; readonly id: number; readonly request: EngineRequest }
  /** Everything that changed in one turn of the worker, in order. */
  | { readonly type: 'deltas'; readonly deltas: readonly Delta[] }
  /** A decoded frame, transferred; the page closes it. */
  | { readonly type: 'frame'; readonly track: string; readonly frame: VideoFrame; readonly rotation: Rotation }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string };
