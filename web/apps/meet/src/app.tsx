import { useEffect, useState, type ReactNode } from 'react';
import { Home } from './home/home.js';
import { Meeting } from './meeting.js';
import { usePlace } from './state/location.js';
import { usePreferences } from './state/preferences.js';
import { en } from './strings/en.js';
import { loadStrings, StringsContext, type Strings } from './strings/index.js';

export function App(): ReactNode {
  const place = usePlace();
  const { theme, language } = usePreferences();
  const [strings, setStrings] = useState<Strings>(en);
  useEffect(() => {
    let live = true;
    void loadStrings(language).then((loaded) => {
      if (!live) return;
      document.documentElement.lang = language;
      setStrings(loaded);
    });
    return () => {
      live = false;
    };
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return (
    <StringsContext value={strings}>
      {place.page === 'home' ? <Home /> : <Meeting key={place.link} room={place.room} link={place.link} />}
    </StringsContext>
  );
}
