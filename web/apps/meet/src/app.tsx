import { useLanguage } from '@confab/react';
import { useEffect, type ReactNode } from 'react';
import { Home } from './home/home.js';
import { MeetingPage } from './meeting-page.js';
import { usePlace } from './state/location.js';

export function App(): ReactNode {
  const place = usePlace();
  const language = useLanguage();
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return place.page === 'home' ? <Home /> : <MeetingPage key={place.link} room={place.room} link={place.link} />;
}
