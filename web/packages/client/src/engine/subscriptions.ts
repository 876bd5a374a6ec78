import type { Source } from '../room/types.js';
import { isAudio } from './sources.js';

/** How long a video that is not shown any more is still received: a scroll or a layout change costs no keyframe. */
export const HIDDEN_MS = 1_500;

/** A layer this much smaller than the picture is shown is still good enough. */
const GOOD_ENOUGH = 0.8;

const PRIORITY = { audio: 255, screen: 192, speaker: 160, usual: 128 };

/** A track that could be received. */
export interface Candidate {
  readonly id: string;
  readonly source: Source;
  /** Heights of its layers, smallest first; empty for audio. */
  readonly heights: readonly number[];
  /** Its participant is one of the active speakers. */
  readonly speaking: boolean;
}

/** How a track is asked for. */
export interface Demand {
  /** Pixels; 0: no limit. */
  readonly maxHeight: number;
  readonly priority: number;
}

export interface SubscriptionPlan {
  /** To be asked for anew, or otherwise than before. */
  readonly subscribe: readonly (Demand & { readonly id: string })[];
  readonly unsubscribe: readonly string[];
  /** Subscribed as far as the page is concerned, though nothing is sent while nobody looks. */
  readonly paused: ReadonlySet<string>;
  /** When to plan again though nothing happens. */
  readonly again: number;
}

export interface SubscriptionOptions {
  readonly autoSubscribe: boolean;
  readonly adaptive: boolean;
}

interface Wish {
  /** What the page said of the track, if anything. */
  choice?: { readonly on: false } | { readonly on: true; readonly maxHeight?: number; readonly priority?: number };
  height: number;
  hiddenAt: number;
}

/**
 * Which tracks are received, and how large. The page's explicit choice comes first, else `autoSubscribe` decides. With
 * `adaptive`, video is sent only while it is shown, and as large as it is shown. Does no I/O; times are in ms on one clock.
 */
export class Subscriptions {
  readonly #options: SubscriptionOptions;
  readonly #wishes = new Map<string, Wish>();
  readonly #current = new Map<string, Demand>();

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  /** The page asks for a track itself, or with `undefined` for not receiving it. */
  choose(id: string, demand: { readonly maxHeight?: number; readonly priority?: number } | undefined): void {
    this.#wish(id).choice = demand ? { on: true, ...demand } : { on: false };
  }

  /** How high the track is shown, in device pixels; 0 when it is nowhere visible. */
  setWantedHeight(id: string, height: number, now: number): void {
    const wish = this.#wish(id);
    if (height === 0 && wish.height > 0) wish.hiddenAt = now;
    wish.height = height;
  }

  has(id: string): boolean {
    return this.#current.has(id);
  }

  /** The node knows of no subscription any more; what the page chose stays. */
  reset(): void {
    this.#current.clear();
  }

  /** A track is gone, or could not be subscribed. */
  drop(id: string): void {
    this.#current.delete(id);
  }

  /** Forgets what the page said of a track whose participant is gone. */
  forget(id: string): void {
    this.#current.delete(id);
    this.#wishes.delete(id);
  }

  /** Compares what is received with what should be, of all `tracks`, at most `limit` of them; the plan counts as done. */
  plan(tracks: Iterable<Candidate>, limit: number, now: number): SubscriptionPlan {
    let again = Infinity;
    const wanted: (Demand & { id: string })[] = [];
    const paused = new Set<string>();
    for (const track of tracks) {
      const wish = this.#wishes.get(track.id);
      if (!this.#chosen(wish)) continue;
      if (this.#needed(track, wish, now)) wanted.push({ id: track.id, ...this.#demand(track, wish) });
      else paused.add(track.id);
      const hidingUntil = wish?.height === 0 ? wish.hiddenAt + HIDDEN_MS : 0;
      if (hidingUntil > now) again = Math.min(again, hidingUntil);
    }
    const kept = wanted.sort((a, b) => b.priority - a.priority).slice(0, limit);
    const keptIds = new Set(kept.map(({ id }) => id));
    const unsubscribe = [...this.#current.keys()].filter((id) => !keptIds.has(id));
    for (const id of unsubscribe) this.#current.delete(id);
    const subscribe = kept.filter(({ id, maxHeight, priority }) => {
      const current = this.#current.get(id);
      return current?.maxHeight !== maxHeight || current.priority !== priority;
    });
    for (const demand of subscribe) this.#current.set(demand.id, demand);
    return { subscribe, unsubscribe, paused, again };
  }

  #chosen(wish: Wish | undefined): boolean {
    return wish?.choice?.on ?? this.#options.autoSubscribe;
  }

  #needed(track: Candidate, wish: Wish | undefined, now: number): boolean {
    if (isAudio(track.source) || !this.#options.adaptive) return true;
    return wish !== undefined && (wish.height > 0 || wish.hiddenAt + HIDDEN_MS > now);
  }

  #demand(track: Candidate, wish: Wish | undefined): Demand {
    if (isAudio(track.source)) return { maxHeight: 0, priority: PRIORITY.audio };
    const { maxHeight: atMost = 0, priority = usualPriority(track) } = wish?.choice?.on ? wish.choice : {};
    if (!this.#options.adaptive || !wish) return { maxHeight: atMost, priority };
    const shown =
      wish.height > 0 ? fittingHeight(track.heights, wish.height) : (this.#current.get(track.id)?.maxHeight ?? 0);
    return { maxHeight: atMost > 0 ? Math.min(shown, atMost) : shown, priority };
  }

  #wish(id: string): Wish {
    let wish = this.#wishes.get(id);
    if (!wish) this.#wishes.set(id, (wish = { height: 0, hiddenAt: -Infinity }));
    return wish;
  }
}

function usualPriority(track: Candidate): number {
  if (track.source === 'screen') return PRIORITY.screen;
  return track.speaking ? PRIORITY.speaker : PRIORITY.usual;
}

/** The smallest layer that still looks right at this height: asked for by its own height, so that resizing rarely asks anew. */
function fittingHeight(heights: readonly number[], shown: number): number {
  return heights.find((height) => height >= shown * GOOD_ENOUGH) ?? heights.at(-1) ?? Math.ceil(shown);
}
