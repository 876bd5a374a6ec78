// What an application's back end does, with a client that openapi-typescript makes of a node's OpenAPI document: it makes a meeting and gets a
// token for one of its people. It needs the node's address and an API key.
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const [, , node, key] = process.argv;
const api = createClient<paths>({ baseUrl: node, headers: { Authorization: `Bearer ${key}` } });

const made = await api.POST('/v1/meetings', { body: { title: 'Consultation', settings: { waitingRoom: true } } });
if (!made.data) throw new Error(made.error.code);
const ticket = await api.POST('/v1/meetings/{id}/join', {
  params: { path: { id: made.data.id } },
  body: { identity: 'dr-ann', role: 'host' },
});
if (!ticket.data) throw new Error(ticket.error.code);
console.log(JSON.stringify({ link: made.data.link, token: ticket.data.token, role: ticket.data.role }));
