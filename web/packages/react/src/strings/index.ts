import { createContext, useContext } from 'react';
import { en, type Strings } from './en.js';

export type { PartialStrings } from './partial.js';
export type { Strings };

/** Languages there is a catalogue for, by their own names. */
export const languages = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français' } as const;
export type Language = keyof typeof languages;

/** Loads the catalogue of a language, English when there is none; all but English are fetched when wanted. */
export async function loadStrings(language: string): Promise<Strings> {
  switch (language.toLowerCase().split('-')[0]) {
    case 'de':
      return (await import('./de.js')).de;
    case 'es':
      return (await import('./es.js')).es;
    case 'fr':
      return (await import('./fr.js')).fr;
    default:
      return en;
  }
}

/** The first of the reader's languages that there is a catalogue for, else English. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split('-')[0]!;
    if (primary in languages) return primary as Language;
  }
  return 'en';
}

export const StringsContext = createContext<Strings>(en);

export function useStrings(): Strings {
  return useContext(StringsContext);
}

/** Puts values into the `{name}` places of a string. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}
