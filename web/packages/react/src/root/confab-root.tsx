import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { usePreferences, type Preferences } from '../preferences/preferences.js';
import { en } from '../strings/en.js';
import { loadStrings, StringsContext, type PartialStrings, type Strings } from '../strings/index.js';

export interface ConfabRootProps {
  /** BCP 47 tag. Without it, what the person chose in the settings, at first the browser's. */
  readonly language?: string;
  /** Without it, what the person chose in the settings, at first the system's. */
  readonly theme?: Preferences['theme'];
  /** Replaces words of the catalogue, or adds a language that there is none for. */
  readonly strings?: PartialStrings;
  readonly className?: string;
  readonly children: ReactNode;
}

interface Looks {
  readonly language: string;
  /** Which of them the page has decided, so that they are no settings. */
  readonly decided: { readonly language: boolean; readonly theme: boolean };
}

const LooksContext = createContext<Looks>({ language: 'en', decided: { language: false, theme: false } });

/** Language of the nearest {@link ConfabRoot}, as a BCP 47 tag. */
export function useLanguage(): string {
  return useContext(LooksContext).language;
}

/** Which looks the page has decided. */
export function useDecided(): Looks['decided'] {
  return useContext(LooksContext).decided;
}

/** Where styles, words and colours of the components below begin. It fills the height of its parent. */
export function ConfabRoot(p: ConfabRootProps): ReactNode {
  const preferences = usePreferences();
  const language = p.language ?? preferences.language;
  const [catalogue, setCatalogue] = useState<Strings>(en);
  useEffect(() => {
    let live = true;
    void loadStrings(language).then((loaded) => live && setCatalogue(loaded));
    return () => {
      live = false;
    };
  }, [language]);
  const strings = useMemo(() => merged(catalogue, p.strings), [catalogue, p.strings]);
  const decided = { language: p.language !== undefined, theme: p.theme !== undefined };
  const looks = useMemo(
    () => ({ language, decided: { language: decided.language, theme: decided.theme } }),
    [language, decided.language, decided.theme],
  );
  return (
    <LooksContext.Provider value={looks}>
      <StringsContext.Provider value={strings}>
        <div
          className={p.className ? `confab ${p.className}` : 'confab'}
          data-theme={p.theme ?? preferences.theme}
          lang={language}
          dir={directionOf(language)}
        >
          {p.children}
        </div>
      </StringsContext.Provider>
    </LooksContext.Provider>
  );
}

const rightToLeft = new Set(['ar', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi']);

function directionOf(language: string): 'ltr' | 'rtl' {
  return rightToLeft.has(language.toLowerCase().split('-')[0]!) ? 'rtl' : 'ltr';
}

function merged(catalogue: Strings, own: PartialStrings | undefined): Strings {
  if (!own) return catalogue;
  const sections = Object.entries(catalogue).map(([name, words]) => [
    name,
    { ...words, ...own[name as keyof Strings] },
  ]);
  return Object.fromEntries(sections) as Strings;
}
