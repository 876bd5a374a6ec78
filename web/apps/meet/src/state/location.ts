import { useSyncExternalStore } from 'react';

/** Where in the app we are. The link is the page's whole address, with the secret after #. */
export type Place =
  { readonly page: 'home' } | { readonly page: 'meeting'; readonly room: string; readonly link: string };

const meetingPath = /^\/m\/([A-Za-z0-9._-]{1,64})\/?$/;

function placeOf(url: URL): Place {
  const room = meetingPath.exec(url.pathname)?.[1];
  return room === undefined ? { page: 'home' } : { page: 'meeting', room, link: url.href };
}

let href = '';
let place: Place = { page: 'home' };

function current(): Place {
  if (location.href !== href) {
    href = location.href;
    place = placeOf(new URL(href));
  }
  return place;
}

const moved = 'confab-moved';

export function usePlace(): Place {
  return useSyncExternalStore((changed) => {
    for (const event of ['popstate', 'hashchange', moved]) addEventListener(event, changed);
    return () => {
      for (const event of ['popstate', 'hashchange', moved]) removeEventListener(event, changed);
    };
  }, current);
}

/** Goes to an address of this app without loading the page again. */
export function go(to: string): void {
  history.pushState(null, '', to);
  dispatchEvent(new Event(moved));
}

/** The address if it is a meeting link, of whichever server; undefined when it is none. A missing scheme is forgiven. */
export function meetingLink(text: string): URL | undefined {
  const trimmed = text.trim();
  const candidate = /^https?:\/\//i.test(trimmed)
    ? trimmed
    : trimmed.startsWith('/m/')
      ? location.origin + trimmed
      : `https://${trimmed}`;
  if (!URL.canParse(candidate)) return undefined;
  const url = new URL(candidate);
  return meetingPath.test(url.pathname) ? url : undefined;
}
