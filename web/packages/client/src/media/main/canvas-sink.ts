import type { Rotation } from '../types.js';
import type { Sink } from './video-renderer.js';

/** Draws into a canvas, whose resolution follows the video; its CSS decides how large it is shown (`object-fit` works). */
export class CanvasSink implements Sink {
  readonly immediate = false;
  readonly #context: CanvasRenderingContext2D | null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext('2d', { alpha: false });
  }

  draw(frame: VideoFrame, rotation: Rotation): void {
    const { displayWidth, displayHeight } = frame;
    const turned = rotation === 90 || rotation === 270;
    this.#resize(turned ? displayHeight : displayWidth, turned ? displayWidth : displayHeight);
    const context = this.#context;
    if (!context) return;
    if (rotation === 0) {
      context.drawImage(frame, 0, 0, displayWidth, displayHeight);
      return;
    }
    context.save();
    context.translate(this.canvas.width / 2, this.canvas.height / 2);
    context.rotate((rotation * Math.PI) / 180);
    context.drawImage(frame, -displayWidth / 2, -displayHeight / 2, displayWidth, displayHeight);
    context.restore();
  }

  clear(): void {
    this.#context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  close(): void {
    this.clear();
  }

  #resize(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }
}
