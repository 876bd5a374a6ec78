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

function load(): Preferences {
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
    language: preferredLanguage(navigator.languages),
  };
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(storageKey) ?? '{}') as Partial<Preferences>) };
  } catch {
    return defaults;
  }
}

let current = load();
const listeners = new Set<() => void>();

/** Changes preferences and remembers them where the browser allows it. */
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(storageKey, JSON.stringify(current));
  } catch {
    // Storage is off or full: they hold for this page.
  }
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => current,
  );
}

/** How the camera is opened for a choice of quality and device. */
export function cameraOptions({ quality, cameraId }: Pick<Preferences, 'quality' | 'cameraId'>): CaptureOptions {
  return {
    ...(quality === 'saver' ? { width: 640, height: 360, frameRate: 15 } : {}),
    ...(cameraId === '' ? {} : { deviceId: cameraId }),
  };
}
