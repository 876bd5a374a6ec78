import { useLanguage, type Language } from '@confab/react';
import { de } from './de.js';
import { en, type Words } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';

export const appName = 'Confab';

const words: Record<Language, Words> = { en, de, es, fr };

/** This site's own words in the language of the call's. */
export function useWords(): Words {
  return words[useLanguage() as Language];
}
