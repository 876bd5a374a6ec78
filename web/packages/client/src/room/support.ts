import { probeCodecs } from '../media/codecs.js';
import { RoomError } from './errors.js';
import type { SupportReport } from './types.js';

/** Looks, and for codecs tries, what this browser can do. Takes some hundred milliseconds; never rejects. */
export async function checkSupport(): Promise<SupportReport> {
  const missing = missingFeatures();
  if (globalThis.isSecureContext) {
    for (const name of ['X25519', 'Ed25519']) {
      if (!(await generates(name))) missing.push(name.toLowerCase());
    }
  }
  const codecs = missing.includes('webcodecs') ? undefined : await probeCodecs();
  const screenShare = typeof navigator.mediaDevices?.getDisplayMedia === 'function';
  return {
    supported:
      missing.every((feature) => feature === 'media-devices') && codecs !== undefined && codecs.decode.length > 0,
    missing,
    webtransport: 'WebTransport' in globalThis,
    screenShare,
    encode: codecs?.encode ?? [],
    decode: codecs?.decode ?? [],
  };
}

/** Throws what keeps a room from working at all here. */
export function requireSupport(): void {
  const missing = missingFeatures();
  if (missing.includes('secure-context')) {
    throw new RoomError('insecure-page', 'Encryption and media need a page that was opened over https.');
  }
  const needed = missing.filter((feature) => feature !== 'media-devices');
  if (needed.length > 0) {
    throw new RoomError(
      'unsupported',
      `This browser is too old for calls; it lacks ${needed.join(', ')}. Update it, or use another.`,
    );
  }
}

function missingFeatures(): string[] {
  const features: Record<string, boolean> = {
    'secure-context': globalThis.isSecureContext,
    webcodecs: ['VideoEncoder', 'VideoDecoder', 'AudioEncoder', 'AudioDecoder'].every((name) => name in globalThis),
    websocket: 'WebSocket' in globalThis,
    'audio-worklet': 'AudioWorkletNode' in globalThis,
    'media-devices': globalThis.navigator?.mediaDevices !== undefined,
  };
  return Object.keys(features).filter((feature) => !features[feature]);
}

async function generates(name: string): Promise<boolean> {
  const usages: KeyUsage[] = name === 'X25519' ? ['deriveBits'] : ['sign', 'verify'];
  // WebKitGTK fails about one time in 200 without a reason.
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await crypto.subtle.generateKey(name, false, usages);
      return true;
    } catch {
      continue;
    }
  }
  return false;
}
