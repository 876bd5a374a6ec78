import type { VideoLayer } from './types.js';

export interface LayerPlan {
  readonly kind: 'camera' | 'screen';
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** bit/s for 720p (camera) or the whole screen. */
  readonly maxBitrate: number;
  /** The machine copes with encoding twice. */
  readonly simulcast: boolean;
}

/** Layers to publish for a source of this size, smallest first. Ids are 0 and, with simulcast, 1. */
export declare function planLayers(plan: LayerPlan): VideoLayer[];
