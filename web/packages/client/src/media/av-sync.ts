/** A position is forgotten after so long without news. */
const staleMs = 10_000;
/** Sound a little later than its picture is natural: light is faster. */
const audioLagMs = 20;
const maxWaitMs = 500;
const maxStepMs = 8;
const jumpMs = 250;

interface Position {
  /** Local time of showing or hearing minus capture time. */
  readonly offsetMs: number;
  readonly atMs: number;
}

/**
 * Keeps the video and the audio of one participant together: one per pair (camera and microphone, screen and its audio). Whichever
 * needs more delay sets the pace: video waits for the audio that is heard; audio is told to wait for video that comes later.
 * Bounded, so that one track's bad path does not ruin the other: half a second.
 */
export class AvSync {
  #audio: (Position & { readonly bufferMs: number }) | undefined;
  #video: Position | undefined;
  #needed: Position | undefined;
  #pace: number | undefined;

  /** Sound captured at `captureMs` is heard at `heardMs`, having been buffered for `bufferMs`. */
  audioHeard(captureMs: number, heardMs: number, bufferMs: number, nowMs: number): void {
    this.#audio = { offsetMs: heardMs - captureMs, bufferMs, atMs: nowMs };
  }

  /** A frame captured at `captureMs` is shown at `shownMs`. */
  videoShown(captureMs: number, shownMs: number): void {
    this.#video = { offsetMs: shownMs - captureMs, atMs: shownMs };
  }

  /** Local minus capture time at which to show video that by itself needs `ownMs`. Call for each frame. */
  videoOffset(ownMs: number, nowMs: number): number {
    this.#needed = { offsetMs: ownMs, atMs: nowMs };
    const audio = fresh(this.#audio, nowMs);
    const wanted = audio ? Math.min(ownMs + maxWaitMs, Math.max(ownMs, audio.offsetMs - audioLagMs)) : ownMs;
    const pace = this.#pace;
    // Small steps are not seen; a large difference is not worth being patient for.
    this.#pace =
      pace === undefined || Math.abs(wanted - pace) > jumpMs
        ? wanted
        : pace + Math.min(maxStepMs, Math.max(-maxStepMs, wanted - pace));
    this.#pace = Math.max(this.#pace, ownMs);
    return this.#pace;
  }

  /** Buffer delay that audio needs at least, for the video to keep up with it. */
  audioMinimumMs(nowMs: number): number {
    const audio = fresh(this.#audio, nowMs);
    const needed = fresh(this.#needed, nowMs);
    if (!audio || !needed) return 0;
    const unbuffered = audio.offsetMs - audio.bufferMs;
    return Math.min(maxWaitMs, Math.max(0, needed.offsetMs - unbuffered - audioLagMs));
  }

  /** Audio's delay minus video's; positive: the picture is ahead. */
  differenceMs(nowMs: number): number | undefined {
    const audio = fresh(this.#audio, nowMs);
    const video = fresh(this.#video, nowMs);
    return audio && video ? audio.offsetMs - video.offsetMs : undefined;
  }
}

function fresh<T extends Position>(position: T | undefined, nowMs: number): T | undefined {
  return position && nowMs - position.atMs < staleMs ? position : undefined;
}
