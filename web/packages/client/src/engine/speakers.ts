/** Loudness, in −dBov, from which somebody speaks. */
const SPEAKING = 45;
/** A voice must last this long to count. */
const ATTACK_MS = 200;
/** A pause this long is still the same speech. */
const RELEASE_MS = 1_000;
/** Weight of the newest level in the average. */
const SMOOTHING = 0.3;
const SILENT = 127;

interface Voice {
  /** Average of −dBov. */
  level: number;
  /** When the level went up and has not come down since. */
  loudSince: number | undefined;
  lastLoud: number;
  speaking: boolean;
}

/** Tells who speaks from how loud everyone is. Does no I/O; times are in ms on one clock. */
export class ActiveSpeakers {
  readonly #voices = new Map<string, Voice>();
  #order: readonly string[] = [];

  /** Identities, loudest first when they began. */
  get speakers(): readonly string[] {
    return this.#order;
  }

  /**
   * @param levels of every identity that can be heard, in −dBov: 0 loudest … 127 silent.
   * @returns the speakers when they are others than before.
   */
  update(levels: ReadonlyMap<string, number>, now: number): readonly string[] | undefined {
    for (const identity of this.#voices.keys()) if (!levels.has(identity)) this.#voices.delete(identity);
    for (const [identity, level] of levels) this.#hear(identity, level, now);
    const speaking = [...this.#voices].filter(([, voice]) => voice.speaking);
    const same =
      speaking.length === this.#order.length && speaking.every(([identity]) => this.#order.includes(identity));
    if (same) return undefined;
    this.#order = speaking.sort(([, a], [, b]) => a.level - b.level).map(([identity]) => identity);
    return this.#order;
  }

  #hear(identity: string, level: number, now: number): void {
    let voice = this.#voices.get(identity);
    if (!voice) {
      voice = { level: SILENT, loudSince: undefined, lastLoud: -Infinity, speaking: false };
      this.#voices.set(identity, voice);
    }
    voice.level += (level - voice.level) * SMOOTHING;
    if (level <= SPEAKING) {
      voice.loudSince ??= now;
      voice.lastLoud = now;
      if (now - voice.loudSince >= ATTACK_MS) voice.speaking = true;
    } else if (now - voice.lastLoud >= ATTACK_MS) {
      voice.loudSince = undefined;
    }
    if (now - voice.lastLoud >= RELEASE_MS) voice.speaking = false;
  }
}
