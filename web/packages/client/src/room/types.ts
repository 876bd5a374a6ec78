import type { EncryptionAlert, Verification } from './encryption-types.js';

/** What a track shows or carries. A participant has at most one track of each source. */
export type Source = 'camera' | 'microphone' | 'screen' | 'screen-audio';

/**
 * A join token, or a function that gets one. The function is called again whenever the room joins anew.
 * An empty string asks to join as a guest, which only an open node allows.
 */
export type TokenSource = string | ((o: { signal: AbortSignal }) => Promise<string>);

/** A value that can be read now and observed; fits React's `useSyncExternalStore`. `get` returns the same object until it changes. */
export interface Readable<T> {
  get(): T;
  subscribe(fn: () => void): () => void;
}

/** `waiting`: the node has the room's door closed, until a host admits. */
export type ConnectionState = 'idle' | 'connecting' | 'waiting' | 'connected' | 'reconnecting' | 'closed';

/** How well media reaches and leaves a participant. */
export type LinkQuality = 'unknown' | 'lost' | 'poor' | 'good' | 'excellent';

export type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'av1';

/** Where frames are encrypted with; made by {@link linkKeys}, {@link createMeetingLink} or {@link generateMeetingLink}. */
export interface KeyProvider {
  /** 32 bytes shared by the members of the meeting; all zero means unverified (spec/e2ee.md). Never sent anywhere. */
  readonly secret: Uint8Array;
  /** The fingerprint of who decides about the meeting, 16 bytes; undefined when nobody can prove to. */
  readonly host?: Uint8Array | undefined;
}

export interface CaptureOptions {
  deviceId?: string;
  /** Video: largest width and height in pixels, and frame rate. Default 1280×720 at 30. */
  width?: number;
  height?: number;
  frameRate?: number;
  facingMode?: 'user' | 'environment';
  /** Audio processing of the browser; all on by default. */
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
}

export interface PublishOptions {
  /** Upper bounds in bit/s. Defaults: video 1_500_000 at 720p scaled by size, screen 2_500_000, audio 32_000. */
  maxVideoBitrate?: number;
  maxScreenBitrate?: number;
  audioBitrate?: number;
  /** Codecs to choose from, best first; the room picks the first that everyone present can decode. */
  videoCodecs?: readonly VideoCodec[];
}

export interface Permissions {
  readonly publish: readonly Source[];
  readonly subscribe: boolean;
  readonly data: boolean;
  /** Is a host: may use {@link Moderation}. */
  readonly admin: boolean;
}

/** What hosts have decided about the room. */
export interface RoomSettings {
  /** Who is no host waits until a host admits it. */
  readonly waitingRoom: boolean;
  /** Nobody comes in without a host. */
  readonly locked: boolean;
}

/** One who waits to be admitted; only hosts know of it. */
export interface WaitingParticipant {
  /** For {@link Moderation}; another one when the same person comes again. */
  readonly id: string;
  readonly identity: string;
  /** Display name; empty until known, and of one who does not hold the meeting's secret. */
  readonly name: string;
  /** It does not hold the meeting's secret: admitted, it would see and hear nothing. */
  readonly refused: boolean;
  readonly since: Date;
}

/**
 * What hosts may do. Every method resolves when it was done. They reject with `forbidden` for one who is no host, or against whom it
 * concerns; with `closed` outside of a room or when that person is not there any more; with `room-full` when there is no place for whom it
 * lets in; and with `unreachable` when the connection or the node's database was lost meanwhile. Participants are named by identity.
 */
export interface Moderation {
  /** By {@link WaitingParticipant.id}. */
  admit(id: string): Promise<void>;
  admitAll(): Promise<void>;
  /** With `block`, the identity can't come back. */
  reject(id: string, o?: { block?: boolean }): Promise<void>;
  /** Mutes a track until its publisher unmutes it. Nobody can unmute another. */
  mute(identity: string, source?: Source): Promise<void>;
  /** Mutes the microphones of all others who are no hosts. */
  muteAll(): Promise<void>;
  /** Turns somebody's camera off, or ends its screen share. */
  stop(identity: string, source: Source): Promise<void>;
  remove(identity: string, o?: { block?: boolean }): Promise<void>;
  /** What is left out stays as it is. Publishing what is no longer permitted ends at once. */
  setPermissions(identity: string, permissions: Partial<Permissions>): Promise<void>;
  setLocked(locked: boolean): Promise<void>;
  setWaitingRoom(on: boolean): Promise<void>;
  /** In an encrypted meeting: lets one in who is in the room and `not-admitted`. Rejects with `forbidden` unless `isHost`. */
  letIn(identity: string): Promise<void>;
  /**
   * Makes somebody a host, or no longer. In an encrypted meeting whose link names a host, others believe it only of the founder's
   * making; see `encryption.founder`.
   */
  setHost(identity: string, on: boolean): Promise<void>;
  /** Without an identity, all hands. */
  lowerHand(identity?: string): Promise<void>;
  /** Ends the meeting for everybody. */
  end(): Promise<void>;
}

export interface Participant {
  /** Who it is, given by the token or the node; unique in the room. */
  readonly identity: string;
  /** Display name, end-to-end encrypted; empty until known. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly permissions: Permissions;
  readonly isLocal: boolean;
  readonly isSpeaking: boolean;
  /** Loudness 0…1 of its microphone, changing many times a second; read it from an animation frame, never render on it. */
  readonly audioLevel: number;
  readonly quality: LinkQuality;
  readonly joinedAt: Date | undefined;
  readonly tracks: ReadonlyMap<Source, Track>;
  track(source: Source): Track | undefined;
  /** It is a host who can prove it to the encryption: the one whom the link names, or one appointed by that. */
  readonly isHost: boolean;
  /** When it raised its hand; undefined: it has not. */
  readonly handRaisedAt: Date | undefined;
  /** Roles it claims in its announcement. */
  readonly roles: { readonly recorder: boolean; readonly operator: boolean };
  /** What keeps this participant from being seen and heard, if anything does. */
  readonly encryption: ParticipantEncryption;
}

/**
 * `pending`: no key yet. `refused`: it does not hold the meeting's secret, or sent something inconsistent. `failing`: frames do not
 * decrypt. `apart`: it holds the secret, but gets no keys and is not heard, see `encryption.alerts`.
 */
export type ParticipantEncryption = 'pending' | 'active' | 'failing' | 'refused' | 'apart' | 'disabled';

export interface LocalParticipant extends Participant {
  readonly isLocal: true;
  readonly tracks: ReadonlyMap<Source, LocalTrack>;
  track(source: Source): LocalTrack | undefined;
  /** Asks for the device when turned on; turned off, the device is stopped and its light goes out. */
  setCameraEnabled(on: boolean, o?: CaptureOptions): Promise<LocalTrack | undefined>;
  /** Turned off after it was on, the microphone is muted: nothing is sent. The device stays open so that unmuting is immediate. */
  setMicrophoneEnabled(on: boolean, o?: CaptureOptions): Promise<LocalTrack | undefined>;
  /** Must be called from a user gesture. Shares the screen's audio too where the browser offers it. */
  setScreenShareEnabled(on: boolean, o?: { audio?: boolean; frameRate?: number }): Promise<LocalTrack | undefined>;
  publishTrack(track: MediaStreamTrack, o?: PublishOptions & { source?: Source }): Promise<LocalTrack>;
  unpublishTrack(track: LocalTrack): Promise<void>;
  /** End-to-end encrypted. Reliable and in order unless `reliable` is false, when a node may drop it for a slow receiver. `to` lists identities. */
  publishData(
    data: Uint8Array | string,
    o?: { topic?: string; to?: readonly string[]; reliable?: boolean },
  ): Promise<void>;
  setName(name: string): Promise<void>;
  /** Told to everybody; the order of hands is that in which they were raised. */
  setHandRaised(raised: boolean): Promise<void>;
  setAttributes(attributes: Record<string, string>): Promise<void>;
}

export interface RemoteParticipant extends Participant {
  readonly isLocal: false;
  /** Comparing pictures with it, which shows that nobody is in between. */
  readonly verification: Verification;
  /** Asks it to compare pictures, or answers when it asked. A question that is not answered in two minutes is over. */
  startVerification(): Promise<void>;
  /** What the user saw. Does nothing unless the pictures are shown. */
  finishVerification(same: boolean): Promise<void>;
  /**
   * Declines what it asked, takes back what this participant asked, or breaks off while the pictures are shown; the other side
   * is told. Of a comparison that came to nothing it forgets why; of one that was judged, nothing.
   */
  cancelVerification(): Promise<void>;
  readonly tracks: ReadonlyMap<Source, RemoteTrack>;
  track(source: Source): RemoteTrack | undefined;
}

export interface Track {
  readonly id: string;
  readonly kind: 'audio' | 'video';
  readonly source: Source;
  readonly muted: boolean;
  readonly participant: Participant;
  /** Pixels of the video as it arrives or is captured; undefined before the first frame. */
  readonly dimensions: { readonly width: number; readonly height: number } | undefined;
  /**
   * Shows the track in the element until the returned function is called. How large a video is received follows from the
   * sizes of the visible elements it is attached to. Sound needs no element: the room plays what is subscribed.
   */
  attach(el: HTMLVideoElement | HTMLCanvasElement | HTMLAudioElement): () => void;
}

export interface LocalTrack extends Track {
  readonly mediaStreamTrack: MediaStreamTrack;
  mute(): Promise<void>;
  unmute(): Promise<void>;
  stop(): void;
}

export interface RemoteTrack extends Track {
  readonly status: 'available' | 'subscribing' | 'subscribed' | 'failed';
  /** True while video frames arrive and are shown; false when the path or the sender stalls. */
  readonly flowing: boolean;
  subscribe(o?: { maxHeight?: number; priority?: number }): Promise<void>;
  unsubscribe(): Promise<void>;
  /** 0 silent … 1 as sent … 2 at most. Audio only. */
  setVolume(volume: number): void;
}

export interface EncryptionState {
  readonly status: 'pending' | 'active' | 'failed' | 'disabled';
  /** The meeting has a secret from its link. */
  readonly verified: boolean;
  /** 12 groups of five digits, the same for everyone in the meeting; empty until active. */
  readonly safetyCode: string;
  /** Identities that can't be decrypted. */
  readonly undecryptable: readonly string[];
  /** Identities that joined without the meeting's secret: they see and hear nothing. */
  readonly refused: readonly string[];
  /**
   * The link names who decides about the meeting, so that the server can't let anybody in by itself once a host has guarded it.
   * Without: the server decides who enters.
   */
  readonly named: boolean;
  /** Identities of hosts that can prove it, one's own included. Named but none here: nobody new is let in. */
  readonly hosts: readonly string[];
  /** This participant is the one whom the link names; it alone makes others hosts. */
  readonly founder: boolean;
  /** Keys go to those only whom a host admitted. */
  readonly guarded: boolean;
  /** What people must be told of. */
  readonly alerts: readonly EncryptionAlert[];
  /** When failed: why, and what to do, in plain words. */
  readonly reason?: string;
}

/** Everything a user interface shows; a new object whenever something in it changed, unchanged parts being the same objects. Audio levels are not in it. */
export interface RoomSnapshot {
  readonly state: ConnectionState;
  readonly name: string;
  readonly transport: 'webtransport' | 'websocket' | undefined;
  readonly local: ParticipantSnapshot;
  readonly remotes: readonly ParticipantSnapshot[];
  /** Identities, loudest first. */
  readonly activeSpeakers: readonly string[];
  readonly encryption: EncryptionState;
  readonly settings: RoomSettings;
  /** Those who wait, longest first; empty for one who is no host. */
  readonly waiting: readonly WaitingParticipant[];
  /** False while the browser waits for a gesture before it plays sound: call `startAudio` from one. */
  readonly canPlayAudio: boolean;
}

export interface ParticipantSnapshot {
  readonly participant: Participant;
  readonly identity: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isLocal: boolean;
  readonly isSpeaking: boolean;
  readonly quality: LinkQuality;
  readonly encryption: ParticipantEncryption;
  readonly permissions: Permissions;
  readonly isHost: boolean;
  readonly verification: Verification;
  /** In ms since 1970; 0: the hand is not raised. */
  readonly handMs: number;
  readonly roles: { readonly recorder: boolean; readonly operator: boolean };
  /** The connection dropped and it may come back. */
  readonly away: boolean;
  readonly tracks: readonly TrackSnapshot[];
}

export interface TrackSnapshot {
  readonly track: Track;
  readonly id: string;
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly muted: boolean;
  readonly status: 'local' | RemoteTrack['status'];
  readonly flowing: boolean;
  readonly dimensions: { readonly width: number; readonly height: number } | undefined;
}

export interface DataReceived {
  readonly data: Uint8Array;
  /** The data as UTF-8 text. */
  readonly text: string;
  readonly topic: string;
  readonly participant: RemoteParticipant;
}

/**
 * What a room tells. Every event carries one object, and what it tells of is already so when it is emitted.
 *
 * Participants and tracks that are there at connect are emitted like those that come later, after `connected`. When the
 * room ends, by `disconnect` or otherwise, only `connectionStateChanged` and `disconnected` are emitted: nothing for each
 * participant and track, all of which are gone.
 */
export interface RoomEvents {
  /** The room was joined, before `connect` resolves. Not while one waits, and not after an interruption: that is `reconnected`. */
  connected: { room: string };
  /** The connection is gone and is looked for again; media stands still. Not for a change of transport that nobody notices. */
  reconnecting: { reason: RoomErrorCode };
  /** Connected again. Not `resumed`: the room was joined anew, tracks were published and subscribed again. */
  reconnected: { resumed: boolean };
  /** The room was left or lost for good, and everything of it is stopped. Not when `connect` fails: it rejects. */
  disconnected: { reason: DisconnectReason; error?: Error };
  connectionStateChanged: { state: ConnectionState };
  /** Somebody is in the room. Not for one whose connection dropped and who is back within ten seconds. */
  participantConnected: { participant: RemoteParticipant };
  /**
   * Somebody left, and can decrypt nothing any more that is said from now on: up to some seconds after the leaving. Not for
   * one whose connection dropped while it may come back: see `away` in the snapshot.
   */
  participantDisconnected: { participant: RemoteParticipant };
  /** Name, attributes, permissions, quality, encryption, or `away` changed. Not for speaking, loudness and tracks. */
  participantUpdated: { participant: Participant };
  /** A remote track can be subscribed. */
  trackPublished: { track: RemoteTrack; participant: RemoteParticipant };
  /** A remote track is gone; before that `trackUnsubscribed`, when it was subscribed. */
  trackUnpublished: { track: RemoteTrack; participant: RemoteParticipant };
  /**
   * A remote track is received, or will be as soon as it is shown: with `adaptive`, video comes only while an element that
   * it is attached to is visible. Neither this nor `trackUnsubscribed` is emitted when it pauses and goes on for that, nor
   * over an interruption.
   */
  trackSubscribed: { track: RemoteTrack; participant: RemoteParticipant };
  trackUnsubscribed: { track: RemoteTrack; participant: RemoteParticipant };
  /** The node refused a subscription, or this browser can't decode what comes. Not when the track is merely gone by now. */
  trackSubscriptionFailed: { track: RemoteTrack; participant: RemoteParticipant; error: Error };
  /** Local or remote. Not for a remote track that is muted already when it is published. */
  trackMuted: { track: Track; participant: Participant };
  trackUnmuted: { track: Track; participant: Participant };
  /** A local track is captured, and sent to whoever is or comes to be in the room. Not again after a reconnect. */
  localTrackPublished: { track: LocalTrack };
  /** A local track is stopped: by the page, by the browser's own button, by its device going away, or refused by the node. */
  localTrackUnpublished: { track: LocalTrack };
  /** A host has muted a local track, or ended it, which is already done. */
  trackStopped: { source: Source; unpublished: boolean; by: Participant | undefined };
  /** A host changed the room's settings. */
  roomUpdated: { settings: RoomSettings };
  /** Somebody waits to be admitted. Only to hosts, and also for those who waited already when one becomes a host. */
  waitingParticipantJoined: { participant: WaitingParticipant };
  /** Somebody waits no longer: admitted, refused, or gone. */
  waitingParticipantLeft: { participant: WaitingParticipant };
  /** Others speak than before, loudest first. Not for a change of loudness: see `audioLevel`. */
  activeSpeakersChanged: { speakers: readonly Participant[] };
  /** A data message of another participant came and was decrypted. Never one's own, never on a topic of the library's. */
  dataReceived: DataReceived;
  /** Something in `room.encryption` changed. */
  encryptionChanged: EncryptionState;
  /** The browser began or ceased to wait for a gesture before it plays sound: call `startAudio` from one. */
  audioPlaybackChanged: { canPlay: boolean };
  /** Devices were connected or unplugged. Only from the first `connect` or published track until the room ends. */
  mediaDevicesChanged: Record<string, never>;
  /**
   * A local track ended by itself: its device was taken away and no other found, or it can't be encoded or published. Not
   * when a device can't be opened: then the call that opens it rejects. Not when the user stops sharing.
   */
  mediaDevicesError: { source: Source; error: Error };
}

export type DisconnectReason =
  'client' | 'replaced' | 'removed' | 'ended' | 'unauthorized' | 'room-full' | 'shutting-down' | 'slow' | 'failed';

export type RoomErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'room-full'
  | 'room-invalid'
  | 'unreachable'
  | 'untrusted-origin'
  | 'timeout'
  | 'replaced'
  | 'removed'
  | 'blocked'
  | 'rejected'
  | 'forgotten'
  | 'ended'
  | 'locked'
  | 'shutting-down'
  | 'rate-limited'
  | 'protocol'
  | 'key-missing'
  | 'decrypt-failed'
  | 'encryption-failed'
  | 'device-denied'
  | 'device-missing'
  | 'device-busy'
  | 'device-failed'
  | 'insecure-page'
  | 'unsupported'
  | 'engine-missing'
  | 'codec-unsupported'
  | 'track-unknown'
  | 'limit'
  | 'aborted'
  | 'closed';

export interface TrackStats {
  readonly source: Source;
  readonly identity: string;
  readonly direction: 'send' | 'receive';
  readonly codec: string;
  readonly bitrate: number;
  readonly framesPerSecond: number;
  readonly width: number;
  readonly height: number;
  readonly lost: number;
  readonly keyframes: number;
  /** Milliseconds, medians over the last seconds. Sending: encode. Receiving: jitter buffer, decode. */
  readonly encodeMs: number;
  readonly bufferMs: number;
  readonly decodeMs: number;
}

export interface RoomStats {
  readonly transport: 'webtransport' | 'websocket' | undefined;
  readonly rttMs: number;
  readonly tracks: readonly TrackStats[];
  readonly undecryptableFrames: number;
  /** Of the own sender key; grows when someone has left, who can read nothing sent from then on. 0 without encryption. */
  readonly keyGeneration: number;
}

export interface SupportReport {
  readonly supported: boolean;
  /** Stable names of what is missing: "secure-context", "webcodecs", "websocket", "x25519", "ed25519", "audio-worklet", "media-devices". */
  readonly missing: readonly string[];
  readonly webtransport: boolean;
  readonly screenShare: boolean;
  readonly encode: readonly VideoCodec[];
  readonly decode: readonly VideoCodec[];
}

export interface ConnectionReport {
  readonly ok: boolean;
  readonly webtransport: { readonly ok: boolean; readonly ms: number; readonly reason?: string };
  readonly websocket: { readonly ok: boolean; readonly ms: number; readonly reason?: string };
  readonly rttMs: number | undefined;
}
