import type { Rotation } from '../types.js';
import { CanvasSink } from './canvas-sink.js';
import { ElementSize } from './element-size.js';
import { VideoElementSink } from './video-element-sink.js';

const stalledMs = 2_500;

export interface VideoRendererOptions {
  /** Size as shown, after rotation. */
  onDimensions?(width: number, height: number): void;
  /** False when no frame came for 2.5 s; senders repeat a still picture every second. */
  onFlowing?(flowing: boolean): void;
  /** Physical pixels the tallest visible attached element needs; 0 when none is visible. */
  onWantedHeight?(height: number): void;
}

/** Something that shows frames. Does not own them. */
export interface Sink {
  /** Wants each frame when it comes, also in a hidden tab, instead of the latest in each animation frame. */
  readonly immediate: boolean;
  draw(frame: VideoFrame, rotation: Rotation): void;
  clear(): void;
  close(): void;
}

interface Attachment {
  readonly sink: Sink;
  readonly size: ElementSize;
}

/** Shows the frames of one remote video track in every attached element. Holds one frame. */
export class VideoRenderer {
  readonly #attached = new Set<Attachment>();
  #latest: { readonly frame: VideoFrame; readonly rotation: Rotation } | undefined;
  #dimensions: { readonly width: number; readonly height: number } | undefined;
  #flowing = false;
  #wantedHeight = 0;
  #animation: number | undefined;
  #stall: ReturnType<typeof setTimeout> | undefined;
  #pushedMs = 0;
  #closed = false;

  constructor(private readonly options: VideoRendererOptions = {}) {}

  /** Size as shown, after rotation; undefined before the first frame. */
  get dimensions(): { readonly width: number; readonly height: number } | undefined {
    return this.#dimensions;
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** Takes ownership of the frame. */
  push(frame: VideoFrame, rotation: Rotation): void {
    if (this.#closed) {
      frame.close();
      return;
    }
    this.#latest?.frame.close();
    this.#latest = { frame, rotation };
    this.#pushedMs = performance.now();
    this.#setFlowing(true);
    this.#stall ??= setTimeout(() => this.#checkStall(), stalledMs);
    this.#measure(frame, rotation);
    for (const { sink, size } of this.#attached) {
      if (sink.immediate && size.visible) sink.draw(frame, rotation);
      else this.#animation ??= requestAnimationFrame(() => this.#draw());
    }
  }

  /** Shows the track in a `<video>` or `<canvas>` until the returned function is called. */
  attach(el: HTMLVideoElement | HTMLCanvasElement): () => void {
    const sink = el instanceof HTMLCanvasElement ? new CanvasSink(el) : new VideoElementSink(el);
    const size = new ElementSize(el, () => this.#updateWanted());
    const attachment = { sink, size };
    this.#attached.add(attachment);
    if (this.#dimensions) size.setAspect(this.#dimensions.width / this.#dimensions.height);
    if (this.#latest) sink.draw(this.#latest.frame, this.#latest.rotation);
    return () => {
      if (!this.#attached.delete(attachment)) return;
      size.close();
      sink.close();
      this.#updateWanted();
    };
  }

  /** Empties the attached elements, for a track that ended or lost its key. */
  clear(): void {
    this.#latest?.frame.close();
    this.#latest = undefined;
    for (const { sink } of this.#attached) sink.clear();
    this.#setFlowing(false);
  }

  close(): void {
    this.clear();
    this.#closed = true;
    clearTimeout(this.#stall);
    if (this.#animation !== undefined) cancelAnimationFrame(this.#animation);
    for (const { sink, size } of this.#attached) {
      size.close();
      sink.close();
    }
    this.#attached.clear();
  }

  #draw(): void {
    this.#animation = undefined;
    const latest = this.#latest;
    if (!latest) return;
    for (const { sink, size } of this.#attached) {
      if (size.visible && !sink.immediate) sink.draw(latest.frame, latest.rotation);
    }
  }

  #measure(frame: VideoFrame, rotation: Rotation): void {
    const turned = rotation === 90 || rotation === 270;
    const width = turned ? frame.displayHeight : frame.displayWidth;
    const height = turned ? frame.displayWidth : frame.displayHeight;
    if (width === this.#dimensions?.width && height === this.#dimensions.height) return;
    this.#dimensions = { width, height };
    for (const { size } of this.#attached) size.setAspect(width / height);
    this.options.onDimensions?.(width, height);
  }

  #checkStall(): void {
    const left = this.#pushedMs + stalledMs - performance.now();
    this.#stall = left > 0 ? setTimeout(() => this.#checkStall(), left) : undefined;
    if (left <= 0) this.#setFlowing(false);
  }

  #setFlowing(flowing: boolean): void {
    if (flowing === this.#flowing) return;
    this.#flowing = flowing;
    this.options.onFlowing?.(flowing);
  }

  #updateWanted(): void {
    let height = 0;
    for (const { size } of this.#attached) height = Math.max(height, size.wantedHeight);
    if (height === this.#wantedHeight) return;
    this.#wantedHeight = height;
    this.options.onWantedHeight?.(height);
  }
}
