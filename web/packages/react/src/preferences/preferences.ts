import type { CaptureOptions } from '@confab/client';
import { useSyncExternalStore } from 'react';
import { preferredLanguage, type Language } from '../strings/index.js';

/** What a person chose, kept on this device. */
export interface Preferences {
  readonly name: string;
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly cameraId: string;
  readonly microphoneId: string;
  readonly speakerId: string;
  readonly blur: boolean;
  /** `saver`: a small picture at few frames a second, for a metered network or an old machine. */
  readonly quality: 'best' | 'saver';
  readonly theme: 'auto' | 'light' | 'dark';
  readonly language: Language;
}

const storageKey = 'confab.preferences';

const defaults: Preferences = {
  name: '',
  camera: true,
  microphone: true,
  cameraId: '',
  microphoneId: '',
  speakerId: '',
  blur: false,
  quality: 'best',
  theme: 'auto',
  language: 'en',
};

function load(): Preferences {
  const first = { ...defaults, language: preferredLanguage(navigator.languages) };
  try {
    return { ...first, ...(JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Partial<Preferences>) };
  } catch {
    return first;
  }
}

// Read when first asked for: a page that is rendered on a server has neither storage nor languages.
let current: Preferences | undefined;
const read = (): Preferences => (current ??= load());
const listeners = new Set<() => void>();

/** Changes preferences and remembers them where the browser allows it. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...read(), ...change };
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // Storage is off or full: they hold for this page.
  }
  for (const listener of listeners) listener();
}

/** The preferences of this device, the same for all components of a page. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    read,
    () => defaults,
  );
}

/** How the camera is opened for a choice of quality and device. */
export function cameraOptions({ quality, cameraId }: Pick<Preferences, 'quality' | 'cameraId'>): CaptureOptions {
  return {
    ...(quality === 'saver' ? { width: 640, height: 360, frameRate: 15 } : {}),
    ...(cameraId === '' ? {} : { deviceId: cameraId }),
  };
}
