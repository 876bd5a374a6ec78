import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.CONFAB_WEBHOOK_SECRET);

/** Who is in which meeting, by session. It ends with this program; an application keeps it in its database. */
const meetings = new Map();

/** How many are in a meeting. */
export const present = (id) => meetings.get(id)?.size ?? 0;

/**
 * Takes a webhook of the node. Throws when the node did not sign it, or signed it more than five minutes ago. An event may come
 * twice, but never after a later one of the same meeting.
 */
export function receive(body, headers) {
  const { type, data } = webhook.verify(body, headers);
  const sessions = meetings.get(data.room) ?? new Set();
  switch (type) {
    case 'participant.joined':
      meetings.set(data.room, sessions.add(data.participant.session));
      break;
    case 'participant.left':
      sessions.delete(data.participant.session);
      break;
    case 'room.finished':
      meetings.delete(data.room);
      break;
  }
}
