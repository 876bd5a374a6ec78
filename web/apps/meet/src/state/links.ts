import { createMeetingLink, generateMeetingLink, RoomError } from '@confab/client';

/** Invitations of meetings that were made on this device. They hold the meetings' secrets, which the server never gets. */
const storageKey = 'confab.links';
const most = 200;

/**
 * Makes the invitation of a meeting, and keeps it. It names this browser as the one that decides who is let in; where the browser
 * keeps no keys, it names nobody, and in the call it is said that the server decides.
 */
export async function makeInvitation(id: string): Promise<string> {
  const { url } = await createMeetingLink({ room: id }).catch((error: unknown) => {
    if (error instanceof RoomError && error.code === 'unsupported') return generateMeetingLink(location.origin, id);
    throw error;
  });
  keepLink(id, url);
  return url;
}

export function keptLink(id: string): string | undefined {
  return read()[id];
}

function keepLink(id: string, link: string): void {
  const links = Object.entries({ ...read(), [id]: link }).slice(-most);
  try {
    localStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(links)));
  } catch {
    // Without storage the invitation is only where it was copied to.
  }
}

export function forgetLink(id: string): void {
  const links = Object.entries(read()).filter(([other]) => other !== id);
  try {
    localStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(links)));
  } catch {
    // There was nothing kept then.
  }
}

function read(): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Record<string, string>) : {};
  } catch {
    return {};
  }
}
