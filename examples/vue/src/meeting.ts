import { generateMeetingLink } from '@confab/client';

const node = import.meta.env.VITE_CONFAB_NODE ?? 'http://localhost:8080';

/**
 * The link of the meeting, with the secret that encrypts it. It is kept behind the # of this page, which browsers send nowhere: who
 * reloads, or opens this page's address, is in the same meeting. Who comes without one begins a new meeting.
 */
export function meetingLink(): string {
  const link = location.hash.slice(1) || generateMeetingLink(node).url;
  history.replaceState(null, '', `#${link}`);
  addEventListener('hashchange', () => location.reload());
  return link;
}
