import type { ParticipantEncryption, RemoteTrack, Source, LinkQuality } from '../room/types.js';
import {
  LeaveReason,
  type Layer,
  type ParticipantInfo,
  type TrackInfo,
  type TrackRef,
} from '../wire/gen/confab/v1/control_pb.js';
import { equal } from './equal.js';
import type { Profile } from './profile.js';
import { NOT_COMPARED, type Delta, type ParticipantState, type RemoteTrackState } from './protocol.js';
import { fromWireSource, permissionsOf } from './sources.js';

/** How long somebody who may come back at once, as after a node's restart, is kept as they were. */
export const GRACE_MS = 10_000;

/** What encryption knows of a member. */
export interface MemberEncryption {
  readonly state: ParticipantEncryption;
  /** The display name sealed into the announcement. */
  readonly name: string;
  readonly roles: ParticipantState['roles'];
  /** It is a host, and can prove it. */
  readonly host: boolean;
  readonly verification: ParticipantState['verification'];
}

/** Whether anything of a member may be seen and heard, or will be. */
export function isHeard({ state }: MemberEncryption): boolean {
  return state !== 'refused' && state !== 'apart';
}

export interface MemberTrack {
  /** Unique in the room and the same again after a rejoin: `identity/source`. */
  readonly id: string;
  readonly ref: TrackRef;
  readonly source: Source;
  muted: boolean;
  layers: readonly Layer[];
}

/** One joining of the room that is there now. */
export interface Member {
  readonly session: string;
  readonly identity: string;
  info: ParticipantInfo;
  encryption: MemberEncryption;
  profile: Profile | undefined;
  quality: LinkQuality;
  /** By number. */
  readonly tracks: Map<number, MemberTrack>;
}

/** One who is not a member any more, and is still on the page. */
interface Leaving {
  readonly session: string;
  /** Left by its own wish or a host's: it does not come back as the same. */
  readonly final: boolean;
  /** Until when it is kept in any case. */
  readonly until: number;
  /** It can decrypt nothing that is sent now. */
  released: boolean;
}

/** A participant as the page was last told. */
interface Shown {
  state: ParticipantState;
  readonly tracks: Map<string, RemoteTrackState>;
  leaving: Leaving | undefined;
  /** Until when one who came back may take its time to publish its tracks again. */
  tracksDue: number | undefined;
}

const UNKNOWN: MemberEncryption = {
  state: 'pending',
  name: '',
  roles: { recorder: false, operator: false },
  host: false,
  verification: NOT_COMPARED,
};

/**
 * Who is in the room and what they publish, by session as the node tells it and by identity as the page sees it. Each
 * change becomes the deltas that the page needs, and nothing becomes none. Times are in ms on one clock.
 */
export class Roster {
  readonly #members = new Map<string, Member>();
  readonly #shown = new Map<string, Shown>();
  readonly #status = new Map<string, RemoteTrack['status']>();
  readonly #emit: (delta: Delta) => void;

  constructor(emit: (delta: Delta) => void) {
    this.#emit = emit;
  }

  /** Members by session. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  byIdentity(identity: string): Member | undefined {
    for (const member of this.#members.values()) if (member.identity === identity) return member;
    return undefined;
  }

  findTrack(id: string): { member: Member; track: MemberTrack } | undefined {
    for (const member of this.#members.values()) {
      for (const track of member.tracks.values()) if (track.id === id) return { member, track };
    }
    return undefined;
  }

  /** A fresh session: whoever is not in it yet may be about to come back. */
  welcome(participants: readonly ParticipantInfo[], now: number): void {
    for (const { session, identity } of this.#members.values()) {
      this.#leave(identity, { session, final: false, until: now + GRACE_MS, released: true });
    }
    this.#members.clear();
    for (const info of participants) this.joined(info);
  }

  joined(info: ParticipantInfo): Member {
    const { session, identity } = info;
    // One who left for good and joins again is new to the page; one who was only missing never went.
    if (this.#shown.get(identity)?.leaving?.final) this.#takeAway(identity);
    const member: Member = {
      session,
      identity,
      info,
      encryption: UNKNOWN,
      profile: undefined,
      quality: 'unknown',
      tracks: new Map(),
    };
    this.#members.set(session, member);
    for (const track of info.tracks) this.#addTrack(member, track);
    this.#show(member);
    return member;
  }

  updated(info: ParticipantInfo): void {
    const member = this.#members.get(info.session);
    if (!member) return;
    // An update has neither announcement nor tracks.
    member.info = { ...info, announcement: member.info.announcement };
    this.#show(member);
  }

  /** @returns the member that left. It stays on the page until `release`, and for the grace if it may come back. */
  left(session: string, reason: LeaveReason, now: number): Member | undefined {
    const member = this.#members.get(session);
    if (!member) return undefined;
    this.#members.delete(session);
    const final = reason === LeaveReason.LEFT || reason === LeaveReason.REMOVED || reason === LeaveReason.ENDED;
    this.#leave(member.identity, { session, final, until: final ? now : now + GRACE_MS, released: false });
    return member;
  }

  /** Who left can decrypt nothing that is sent from now on. */
  release(session: string, now: number): void {
    for (const [identity, { leaving }] of this.#shown) {
      if (leaving?.session !== session) continue;
      leaving.released = true;
      if (leaving.until <= now) this.#takeAway(identity);
      return;
    }
  }

  /** Takes those away whose grace is over, and tracks that did not come back. To be called now and then. */
  expire(now: number): void {
    for (const [identity, shown] of [...this.#shown]) {
      const { leaving, tracksDue } = shown;
      if (leaving?.released && leaving.until <= now) this.#takeAway(identity);
      else if (tracksDue !== undefined && tracksDue <= now) this.#stopWaiting(identity, shown);
    }
  }

  trackPublished(info: TrackInfo): void {
    const member = this.#members.get(info.track?.session ?? '');
    if (!member) return;
    this.#addTrack(member, info);
    this.#show(member);
  }

  trackUpdated(info: TrackInfo): void {
    const member = this.#members.get(info.track?.session ?? '');
    const track = member?.tracks.get(info.track?.number ?? -1);
    if (!member || !track) return;
    track.muted = info.muted;
    track.layers = info.layers;
    this.#show(member);
  }

  trackUnpublished(ref: TrackRef): void {
    const member = this.#members.get(ref.session);
    const track = member?.tracks.get(ref.number);
    const shown = member && this.#shown.get(member.identity);
    if (!track || !shown) return;
    member.tracks.delete(ref.number);
    const published = [...member.tracks.values()].some(({ id }) => id === track.id);
    if (!published) this.#hideTrack(shown, member.identity, track.id);
  }

  setEncryption(session: string, encryption: MemberEncryption): void {
    this.#change(session, (member) => (member.encryption = encryption));
  }

  setProfile(session: string, profile: Profile): void {
    this.#change(session, (member) => (member.profile = profile));
  }

  setQuality(session: string, quality: LinkQuality): void {
    this.#change(session, (member) => (member.quality = quality));
  }

  /** Of a subscription, by track id. */
  setStatus(id: string, status: RemoteTrack['status']): void {
    this.#status.set(id, status);
    for (const [identity, shown] of this.#shown) {
      const track = shown.tracks.get(id);
      if (track) return this.#showTrack(shown, identity, { ...track, status });
    }
  }

  status(id: string): RemoteTrack['status'] {
    return this.#status.get(id) ?? 'available';
  }

  #change(session: string, change: (member: Member) => void): void {
    const member = this.#members.get(session);
    if (!member) return;
    change(member);
    this.#show(member);
  }

  #addTrack(member: Member, info: TrackInfo): void {
    const source = fromWireSource(info.source);
    if (!info.track || !source) return;
    const id = `${member.identity}/${source}`;
    member.tracks.set(info.track.number, { id, ref: info.track, source, muted: info.muted, layers: info.layers });
  }

  #show(member: Member): void {
    const { identity, info, encryption, profile, quality } = member;
    const state: ParticipantState = {
      identity,
      name: profile?.name ?? encryption.name,
      attributes: profile?.attributes ?? {},
      permissions: permissionsOf(info.grants),
      roles: encryption.roles,
      quality,
      encryption: encryption.state,
      away: quality === 'lost',
      joinedMs: Number(info.joinedMs),
      handMs: Number(info.handMs),
      host: encryption.host,
      verification: encryption.verification,
    };
    let shown = this.#shown.get(identity);
    if (!shown) {
      this.#shown.set(identity, (shown = { state, tracks: new Map(), leaving: undefined, tracksDue: undefined }));
      this.#emit({ kind: 'participant', participant: state });
    } else {
      shown.tracksDue ??= shown.leaving?.until;
      shown.leaving = undefined;
      // A name that is known is not taken back while the one who came again is being verified.
      this.#showState(
        shown,
        encryption.state === 'pending' && state.name === '' ? { ...state, name: shown.state.name } : state,
      );
    }
    for (const { id, source, muted } of member.tracks.values()) {
      this.#showTrack(shown, identity, { id, source, muted, status: this.status(id) });
    }
    if (shown.tracksDue === undefined) this.#hideMissing(shown, member);
  }

  #hideMissing(shown: Shown, member: Member): void {
    const published = new Set(Array.from(member.tracks.values(), ({ id }) => id));
    for (const id of [...shown.tracks.keys()]) if (!published.has(id)) this.#hideTrack(shown, member.identity, id);
  }

  #showState(shown: Shown, state: ParticipantState): void {
    if (equal(shown.state, state)) return;
    shown.state = state;
    this.#emit({ kind: 'participant', participant: state });
  }

  #showTrack(shown: Shown, identity: string, track: RemoteTrackState): void {
    const before = shown.tracks.get(track.id);
    if (before && equal(before, track)) return;
    shown.tracks.set(track.id, track);
    this.#emit({ kind: 'track', identity, track });
  }

  #hideTrack(shown: Shown, identity: string, id: string): void {
    if (!shown.tracks.delete(id)) return;
    this.#status.delete(id);
    this.#emit({ kind: 'trackGone', identity, id });
  }

  #leave(identity: string, leaving: Leaving): void {
    const shown = this.#shown.get(identity);
    if (!shown) return;
    shown.leaving = leaving;
    if (!leaving.final) return this.#showState(shown, { ...shown.state, away: true });
    for (const id of [...shown.tracks.keys()]) this.#hideTrack(shown, identity, id);
  }

  #stopWaiting(identity: string, shown: Shown): void {
    shown.tracksDue = undefined;
    const member = this.byIdentity(identity);
    if (member) this.#hideMissing(shown, member);
  }

  #takeAway(identity: string): void {
    const shown = this.#shown.get(identity);
    if (!shown) return;
    for (const id of [...shown.tracks.keys()]) this.#hideTrack(shown, identity, id);
    this.#shown.delete(identity);
    this.#emit({ kind: 'participantGone', identity });
  }
}
