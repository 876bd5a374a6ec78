import type { LinkLoad } from './types.js';

export interface RateLimits {
  /** bit/s. */
  readonly min: number;
  readonly max: number;
}

const slowMs = 150;
const stuckMs = 600;
const holdMs = 1_000;
const growthPerSecond = 0.1;

/**
 * Total bitrate of a video track from how long objects wait for the uplink: falls as soon as they wait, rises by a tenth a second while
 * they do not. Starts at 60 % of the maximum.
 */
export class RateController {
  #target: number;
  #lastMs: number | undefined;
  #cutMs = -Infinity;
  #dropped = 0;
  #stuck = false;

  constructor(private limits: RateLimits) {
    this.#target = Math.max(limits.min, limits.max * 0.6);
  }

  get target(): number {
    return this.#target;
  }

  /** The uplink is so far behind that frames should not be encoded at all. */
  get stuck(): boolean {
    return this.#stuck;
  }

  setLimits(limits: RateLimits): void {
    this.limits = limits;
    this.#target = Math.min(limits.max, Math.max(limits.min, this.#target));
  }

  update(link: LinkLoad, nowMs: number): void {
    const seconds = Math.min(1, (nowMs - (this.#lastMs ?? nowMs)) / 1_000);
    this.#lastMs = nowMs;
    const dropped = link.droppedObjects > this.#dropped;
    this.#dropped = link.droppedObjects;
    this.#stuck = link.backlogMs > stuckMs;
    if (link.backlogMs > slowMs || dropped) {
      // A cut needs time to show; cutting at every report would overshoot.
      if (nowMs - this.#cutMs < holdMs) return;
      this.#cutMs = nowMs;
      this.#target = Math.max(this.limits.min, this.#target * (this.#stuck || dropped ? 0.5 : 0.75));
    } else if (nowMs - this.#cutMs > 3 * holdMs && link.backlogMs < slowMs / 3) {
      this.#target = Math.min(this.limits.max, this.#target * (1 + growthPerSecond * seconds));
    }
  }
}
