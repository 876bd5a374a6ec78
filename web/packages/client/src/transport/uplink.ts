import { Backlog, type BacklogEntry, type UplinkStats } from './backlog.js';
import { GroupGate } from './group-gate.js';
import { PipeMeter } from './pipe-meter.js';
import type { OutgoingObject } from './types.js';

/** Video is held back so that nothing waits longer than this on the way to the node. */
const queueMs = 100;
/** At least this much may be on its way, and this much before anything was measured. */
const roomBytes = { least: 8 << 10, first: 16 << 10 };
/** What has waited longer is of no use to anybody. */
const maxAgeMs = { audio: 500, video: 2000 };
/** How often a Pong tells what has arrived, while there is something to learn. */
const probeMs = { video: 100, audio: 500 };
const recentVideoMs = 1000;
/** How often it is tried to send what waits. */
const retryMs = 10;

/** The transport under an uplink. */
export interface UplinkWriter {
  /** Whether it takes more without piling it up where nobody can see or stop it. */
  accepts(kind: OutgoingObject['kind']): boolean;
  /**
   * Writes an object, which `opens` a new group of its alias or continues the last. Returns how many bytes went into the
   * pipe that Pongs measure, or undefined when the group can't go on.
   */
  write(object: OutgoingObject, opens: boolean): number | undefined;
  /** A newer group of the alias begins. Returns whether something of the last one was given up. */
  supersede(alias: number): boolean;
  /** Gives up what can still be given up of an alias's group. Returns whether that was something. */
  abandon(alias: number): boolean;
}

export interface UplinkHandlers {
  /** A group of this alias was given up though no newer one had begun. */
  abandoned(alias: number): void;
  /** Asks for a Ping now. */
  probe(): void;
}

interface Waiting {
  readonly object: OutgoingObject;
  readonly opens: boolean;
  readonly entry: BacklogEntry;
}

/** An object that was written and may not have arrived. */
interface Underway {
  /** Undefined for audio. */
  readonly alias: number | undefined;
  readonly bytes: number;
  /** All that was written by then. */
  readonly end: number;
  readonly entry: BacklogEntry;
}

/**
 * Decides what leaves when: audio at once; video by priority as there is room, so that audio and control never wait behind
 * it; nothing that is late. Spec: wire.md §§2.3, 3.5, 3.7.
 */
export class Uplink {
  readonly #backlog = new Backlog();
  readonly #gate = new GroupGate();
  readonly #meter = new PipeMeter();
  #audio: Waiting[] = [];
  readonly #video = new Map<number, Waiting[]>();
  #underway: Underway[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #open = true;
  #lastProbe = -Infinity;
  #lastVideo = -Infinity;

  constructor(
    private readonly writer: UplinkWriter,
    private readonly handlers: UplinkHandlers,
  ) {}

  /** Queues an object of at most `limit` bytes, or drops it. */
  send(object: OutgoingObject, limit: number): void {
    const bytes = object.header.length + object.payload.length;
    const admitted = object.kind === 'audio' ? 'continues' : this.#gate.admit(object);
    if (!this.#open || admitted === 'refuse' || bytes > limit) return this.#backlog.refused();

    const opens = admitted === 'opens';
    const waiting = { object, opens, entry: this.#backlog.enter(bytes) };
    if (object.kind === 'audio') this.#audio.push(waiting);
    else {
      this.#lastVideo = performance.now();
      if (opens) {
        this.#drop(this.#video.get(object.alias));
        this.#video.set(object.alias, [waiting]);
      } else this.#video.get(object.alias)!.push(waiting);
    }
    this.#flush();
  }

  pinged(sequence: number): void {
    this.#lastProbe = performance.now();
    this.#meter.pinged(sequence, this.#videoWaits());
  }

  /** `streamBytes` is what the node has got; absent on an ordered pipe. */
  ponged(sequence: number, streamBytes?: number): void {
    this.#meter.ponged(sequence, streamBytes);
    for (let head; (head = this.#underway[0]) && (head.entry.gone || head.end <= this.#meter.arrived);) {
      this.#backlog.sent(head.entry);
      this.#underway.shift();
    }
    this.#flush();
  }

  stats(): UplinkStats {
    const stats = this.#backlog.stats();
    // An object counts until a Pong says that it arrived; that much is no backlog.
    return { ...stats, backlogMs: Math.max(0, stats.backlogMs - this.#meter.roundMs - this.#probeMs()) };
  }

  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#drop(this.#audio);
    for (const queue of this.#video.values()) this.#drop(queue);
    for (const { entry } of this.#underway.splice(0)) this.#backlog.sent(entry);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    if (!this.#open) return;
    this.#dropStale();

    let next: Waiting | undefined;
    while (this.writer.accepts('audio') && (next = this.#audio.shift())) this.#write(next);
    while (this.#hasRoom() && (next = this.#nextVideo())) this.#write(next);

    if (this.#underway.length > 0 && performance.now() - this.#lastProbe >= this.#probeMs()) this.handlers.probe();
    if (this.#audio.length > 0 || this.#videoWaits()) this.#timer = setTimeout(() => this.#flush(), retryMs);
    else if (this.#underway.length > 0) this.#timer = setTimeout(() => this.#flush(), this.#probeMs());
  }

  #write({ object, opens, entry }: Waiting): void {
    const alias = object.kind === 'video' ? object.alias : undefined;
    if (opens && this.writer.supersede(object.alias)) this.#forget(object.alias);
    const bytes = this.writer.write(object, opens);
    if (bytes === undefined) {
      this.#backlog.dropped(entry);
      this.#forget(object.alias);
      this.#drop(this.#video.get(object.alias));
      this.#gate.abandon(object.alias);
    } else if (bytes === 0) this.#backlog.sent(entry);
    else {
      this.#meter.wrote(bytes);
      this.#underway.push({ alias, bytes, end: this.#meter.written, entry });
    }
  }

  /** What was on its way of an alias's group was given up. */
  #forget(alias: number): void {
    for (const underway of this.#underway) {
      if (underway.alias !== alias || underway.entry.gone) continue;
      this.#backlog.dropped(underway.entry);
      this.#meter.forgive(underway.bytes);
    }
  }

  #hasRoom(): boolean {
    if (!this.writer.accepts('video')) return false;
    const room = this.#meter.room(queueMs + this.#probeMs());
    const most = room === undefined ? roomBytes.first : Math.max(roomBytes.least, room);
    return this.#meter.written - this.#meter.arrived < most;
  }

  #nextVideo(): Waiting | undefined {
    let best: Waiting[] | undefined;
    for (const queue of this.#video.values()) {
      const [head, leader] = [queue[0], best?.[0]];
      if (head && (!leader || precedes(head, leader))) best = queue;
    }
    return best?.shift();
  }

  #dropStale(): void {
    const now = performance.now();
    while (this.#audio[0] && now - this.#audio[0].entry.since > maxAgeMs.audio)
      this.#backlog.dropped(this.#audio.shift()!.entry);
    for (const [alias, queue] of this.#video) {
      if (!queue[0] || now - queue[0].entry.since <= maxAgeMs.video) continue;
      this.#drop(queue);
      this.#gate.abandon(alias);
      if (this.writer.abandon(alias)) this.#forget(alias);
      this.handlers.abandoned(alias);
    }
  }

  #drop(queue: Waiting[] | undefined): void {
    for (const { entry } of queue?.splice(0) ?? []) this.#backlog.dropped(entry);
  }

  #videoWaits(): boolean {
    for (const queue of this.#video.values()) if (queue.length > 0) return true;
    return false;
  }

  #probeMs(): number {
    return performance.now() - this.#lastVideo < recentVideoMs ? probeMs.video : probeMs.audio;
  }
}

function precedes(a: Waiting, b: Waiting): boolean {
  return a.object.priority === b.object.priority
    ? a.entry.since < b.entry.since
    : a.object.priority > b.object.priority;
}
