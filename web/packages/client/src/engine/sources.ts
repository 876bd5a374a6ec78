import { FrameSource } from '../e2ee/kid.js';
import type { LinkQuality, Permissions, Source } from '../room/types.js';
import { Quality, Source as WireSource, type Grants } from '../wire/gen/confab/v1/control_pb.js';

const BY_WIRE: Partial<Record<WireSource, Source>> = {
  [WireSource.MICROPHONE]: 'microphone',
  [WireSource.CAMERA]: 'camera',
  [WireSource.SCREEN]: 'screen',
  [WireSource.SCREEN_AUDIO]: 'screen-audio',
};

const TO_WIRE: Record<Source, WireSource> = {
  microphone: WireSource.MICROPHONE,
  camera: WireSource.CAMERA,
  screen: WireSource.SCREEN,
  'screen-audio': WireSource.SCREEN_AUDIO,
};

/** Source numbers of SFrame slots (spec/e2ee.md). */
const SFRAME: Record<Source, FrameSource> = {
  microphone: FrameSource.microphone,
  camera: FrameSource.camera,
  screen: FrameSource.screen,
  'screen-audio': FrameSource.screenAudio,
};

const QUALITIES: Partial<Record<Quality, LinkQuality>> = {
  [Quality.LOST]: 'lost',
  [Quality.POOR]: 'poor',
  [Quality.GOOD]: 'good',
  [Quality.EXCELLENT]: 'excellent',
};

/** Undefined for a source of a later version. */
export function fromWireSource(source: WireSource): Source | undefined {
  return BY_WIRE[source];
}

export function toWireSource(source: Source): WireSource {
  return TO_WIRE[source];
}

export function sframeSource(source: Source): FrameSource {
  return SFRAME[source];
}

export function isAudio(source: Source): boolean {
  return source === 'microphone' || source === 'screen-audio';
}

export function fromWireQuality(quality: Quality): LinkQuality {
  return QUALITIES[quality] ?? 'unknown';
}

export function permissionsOf(grants: Grants | undefined): Permissions {
  return {
    publish: (grants?.publish ?? []).flatMap((source) => fromWireSource(source) ?? []),
    subscribe: grants?.subscribe ?? false,
    data: grants?.data ?? false,
    admin: grants?.admin ?? false,
  };
}
