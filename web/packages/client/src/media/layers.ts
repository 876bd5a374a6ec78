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

const smallHeight = 180;

/** Layers to publish for a source of this size, smallest first. Ids are 0 and, with simulcast, 1. */
export function planLayers(plan: LayerPlan): VideoLayer[] {
  const full = layer(0, plan.width, plan.height, plan);
  if (plan.kind === 'screen' || !plan.simulcast || Math.min(plan.width, plan.height) < 2 * smallHeight) return [full];
  const scale = smallHeight / Math.min(plan.width, plan.height);
  return [layer(0, plan.width * scale, plan.height * scale, plan), { ...full, id: 1 }];
}

function layer(id: number, width: number, height: number, plan: LayerPlan): VideoLayer {
  // Smaller pictures need more bits per pixel: the exponent below 1 gives 360p a third and 180p a ninth of 720p.
  const share = plan.kind === 'screen' ? 1 : Math.min(1, (width * height) / (1280 * 720)) ** 0.8;
  return {
    id,
    ...evenSize(width, height),
    maxFps: plan.fps,
    maxBitrate: Math.round(plan.maxBitrate * share),
  };
}

/** Encoders want even sizes. */
export function evenSize(width: number, height: number): { width: number; height: number } {
  return { width: Math.max(2, 2 * Math.round(width / 2)), height: Math.max(2, 2 * Math.round(height / 2)) };
}
