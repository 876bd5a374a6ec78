/** Invitations of meetings that were made on this device. They hold the meetings' secrets, which the server never gets. */
const storageKey = 'confab.links';
const most = 200;

export function keptLink(id: string): string | undefined {
  return read()[id];
}

export function keepLink(id: string, link: string): void {
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
