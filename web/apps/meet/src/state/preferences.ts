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
