import { Room, type ParticipantSnapshot, type RoomSnapshot, type Track, type TrackSnapshot } from '@confab/client';

/** A room of which a test says what its snapshot is. */
export class ScriptedRoom {
  readonly room = new Room({ keys: 'insecure-none' });
  readonly #subscribers = new Set<() => void>();
  #snapshot: RoomSnapshot;

  constructor(...others: string[]) {
    const idle = this.room.snapshot.get();
    this.#snapshot = { ...idle, state: 'connected', remotes: others.map((name) => participant(idle.local, name)) };
    const snapshot: Room['snapshot'] = {
      get: () => this.#snapshot,
      subscribe: (fn) => {
        this.#subscribers.add(fn);
        return () => this.#subscribers.delete(fn);
      },
    };
    Object.defineProperty(this.room, 'snapshot', { value: snapshot });
  }

  /** As the client takes snapshots: parts that do not change stay the same objects. */
  change(remotes: (p: ParticipantSnapshot) => ParticipantSnapshot, rest: Partial<RoomSnapshot> = {}): void {
    this.#snapshot = { ...this.#snapshot, ...rest, remotes: this.#snapshot.remotes.map(remotes) };
    for (const subscriber of this.#subscribers) subscriber();
  }

  speak(...identities: string[]): void {
    this.change(
      (p) => {
        const isSpeaking = identities.includes(p.identity);
        return p.isSpeaking === isSpeaking ? p : { ...p, isSpeaking };
      },
      { activeSpeakers: identities },
    );
  }
}

function participant(like: ParticipantSnapshot, name: string): ParticipantSnapshot {
  return { ...like, identity: name, name, isLocal: false, tracks: [track(name, 'microphone'), track(name, 'camera')] };
}

function track(identity: string, source: 'microphone' | 'camera'): TrackSnapshot {
  const kind = source === 'camera' ? 'video' : 'audio';
  const id = `${identity}/${source}`;
  const plain = { id, source, kind, muted: false, dimensions: { width: 640, height: 360 } } as const;
  const remote = { ...plain, participant: { isLocal: false }, attach: () => () => {} };
  return { ...plain, track: remote as unknown as Track, status: 'subscribed', flowing: true };
}
