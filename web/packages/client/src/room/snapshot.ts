import type { ParticipantView } from './participant.js';
import type { ParticipantSnapshot, RoomSnapshot, Track, TrackSnapshot, RemoteTrack } from './types.js';

/** `previous` when it has the same fields with the same values, else `next`. */
export function shared<T extends object>(previous: T | undefined, next: T): T {
  if (!previous) return next;
  const keys = Object.keys(next) as (keyof T)[];
  const same = keys.length === Object.keys(previous).length && keys.every((key) => Object.is(previous[key], next[key]));
  return same ? previous : next;
}

/** `previous` when it lists the same objects in the same order, else `next`. */
export function sharedList<T>(previous: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  if (!previous || previous.length !== next.length) return next;
  return next.every((item, i) => Object.is(item, previous[i])) ? previous : next;
}

/** What a snapshot is taken of. */
export interface SnapshotSource extends Omit<RoomSnapshot, 'local' | 'remotes'> {
  readonly local: ParticipantView<Track>;
  readonly remotes: Iterable<ParticipantView<Track>>;
}

/** The room as plain data, made of the parts of `previous` that did not change. */
export function takeSnapshot(previous: RoomSnapshot | undefined, room: SnapshotSource): RoomSnapshot {
  const before = new Map(previous?.remotes.map((p) => [p.participant, p]));
  return shared(previous, {
    ...room,
    local: participantSnapshot(previous?.local, room.local),
    remotes: sharedList(
      previous?.remotes,
      [...room.remotes].map((p) => participantSnapshot(before.get(p), p)),
    ),
    activeSpeakers: sharedList(previous?.activeSpeakers, room.activeSpeakers),
  });
}

function participantSnapshot(
  previous: ParticipantSnapshot | undefined,
  p: ParticipantView<Track>,
): ParticipantSnapshot {
  const before = new Map(previous?.tracks.map((t) => [t.track, t]));
  return shared(previous, {
    participant: p,
    identity: p.identity,
    name: p.name,
    attributes: p.attributes,
    isLocal: p.isLocal,
    isSpeaking: p.isSpeaking,
    quality: p.quality,
    encryption: p.encryption,
    permissions: p.permissions,
    isHost: p.isHost,
    verification: p.verification,
    handMs: p.handMs,
    roles: p.roles,
    away: p.away,
    tracks: sharedList(
      previous?.tracks,
      [...p.tracks.values()].map((t) => trackSnapshot(before.get(t), t)),
    ),
  });
}

function trackSnapshot(previous: TrackSnapshot | undefined, track: Track): TrackSnapshot {
  const remote = isRemote(track) ? track : undefined;
  return shared(previous, {
    track,
    id: track.id,
    source: track.source,
    kind: track.kind,
    muted: track.muted,
    status: remote?.status ?? 'local',
    flowing: remote?.flowing ?? true,
    dimensions: track.dimensions,
  });
}

function isRemote(track: Track): track is RemoteTrack {
  return !track.participant.isLocal;
}
