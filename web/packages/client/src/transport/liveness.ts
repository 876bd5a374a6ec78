/** How a connection is watched. All times in ms. */
export interface LivenessLimits {
  /** Pause between pings while media flows. */
  readonly activeMs: number;
  /** Pause between pings otherwise: what the node asks for. */
  readonly idleMs: number;
  /** Silence after a ping that makes a connection suspect. */
  readonly suspectMs: number;
  /** Silence that the people in the call are told of. */
  readonly interruptedMs: number;
  /** Silence, or time without a Pong, after which it counts as dropped. */
  readonly deadMs: number;
}

export interface LivenessHandlers {
  ping(sequence: number): void;
  /** Nothing has come for a while; once for every silence. */
  suspect(): void;
  interrupted(): void;
  /** Something came after `suspect`. */
  recovered(): void;
  dead(reason: string): void;
  /** Every time it looks. */
  tick(): void;
}

const tickMs = 250;
/** While media flows, silence that is worth an extra ping. */
const doubtMs = 500;
const recentMs = 5000;
/** A tick later than this comes after a sleep of the machine: what happened meanwhile says nothing about the path. */
const lateMs = 2000;

/** Pings a connection, measures its round trip, and notices within seconds when it stops carrying anything. */
export class Liveness {
  #sequence = 0;
  readonly #pings = new Map<number, number>();
  #lastPing = -Infinity;
  #lastMedia = -Infinity;
  #lastHeard = performance.now();
  /** When the first ping after the last sign of life went out. */
  #askedAt: number | undefined;
  #told: 'nothing' | 'suspect' | 'interrupted' = 'nothing';
  #rtt: number | undefined;
  #lastTick = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly limits: LivenessLimits,
    private readonly handlers: LivenessHandlers,
  ) {
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.ping();
  }

  /** Smoothed round trip in ms; 0 before the first Pong. */
  get rttMs(): number {
    return this.#rtt ?? 0;
  }

  /** For how long the node has owed a sign of life, in ms. */
  quietMs(): number {
    return this.#askedAt === undefined ? 0 : performance.now() - this.#askedAt;
  }

  /** Anything came from the node. */
  heard(): void {
    this.#lastHeard = performance.now();
    this.#askedAt = undefined;
    if (this.#told === 'nothing') return;
    this.#told = 'nothing';
    this.handlers.recovered();
  }

  /** An object came or went. */
  media(): void {
    this.#lastMedia = performance.now();
  }

  pong(sequence: number): void {
    const now = performance.now();
    const sent = this.#pings.get(sequence);
    if (sent === undefined) return;
    for (const older of this.#pings.keys()) if (older <= sequence) this.#pings.delete(older);
    const sample = now - sent;
    this.#rtt = this.#rtt === undefined ? sample : this.#rtt + 0.2 * (sample - this.#rtt);
  }

  /** Pings now. */
  ping(): void {
    const now = performance.now();
    this.#sequence++;
    this.#pings.set(this.#sequence, now);
    this.#lastPing = now;
    this.#askedAt ??= now;
    this.handlers.ping(this.#sequence);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    const late = now - this.#lastTick > lateMs;
    this.#lastTick = now;
    if (late) return this.#startAfresh();

    const active = now - this.#lastMedia < recentMs;
    const pause = active ? this.limits.activeMs : this.limits.idleMs;
    const doubtful = active && this.#askedAt === undefined && now - this.#lastHeard >= doubtMs;
    if (doubtful || now - this.#lastPing >= pause) this.ping();
    this.handlers.tick();

    const quiet = this.quietMs();
    if (quiet >= this.limits.deadMs) return this.handlers.dead(`nothing came for ${Math.round(quiet)} ms`);
    const oldestPing: number | undefined = this.#pings.values().next().value;
    if (oldestPing !== undefined && now - oldestPing >= this.limits.deadMs)
      return this.handlers.dead('pings are not answered');
    if (quiet >= this.limits.suspectMs && this.#told === 'nothing') {
      this.#told = 'suspect';
      this.handlers.suspect();
    }
    if (quiet >= this.limits.interruptedMs && this.#told === 'suspect') {
      this.#told = 'interrupted';
      this.handlers.interrupted();
    }
  }

  #startAfresh(): void {
    this.#pings.clear();
    this.#askedAt = undefined;
    this.ping();
  }
}
