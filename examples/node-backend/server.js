import { randomUUID } from 'node:crypto';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import { node, post } from './confab.js';
import { present, receive } from './presence.js';

const app = new Hono();

// Only this program's own scripts run in the page: one from elsewhere, even from the node, could read the keys of the call.
app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", 'data:', 'blob:'],
      mediaSrc: ["'self'", 'blob:'],
      // By WebTransport, which is https:, or by WebSocket.
      connectSrc: ["'self'", node, node.replace(/^http:/, 'https:'), node.replace(/^http/, 'ws')],
    },
    crossOriginEmbedderPolicy: false,
  }),
);

app.post('/api/visits', async (c) => {
  const { id } = await post('/v1/meetings', { title: 'Consultation', settings: { waitingRoom: true } });
  // The node remembers who is host. Others wait until the host lets them in.
  await post(`/v1/meetings/${id}/join`, { identity: visitor(c), role: 'host' });
  return c.json({ id, link: `${node}/m/${id}` });
});

app.get('/api/visits/:id', (c) => {
  const id = c.req.param('id');
  return c.json({ link: `${node}/m/${encodeURIComponent(id)}`, present: present(id) });
});

app.post('/api/visits/:id/token', async (c) => {
  const id = encodeURIComponent(c.req.param('id'));
  const { token } = await post(`/v1/meetings/${id}/join`, { identity: visitor(c) });
  return c.json({ token });
});

app.post('/webhooks/confab', bodyLimit({ maxSize: 64 * 1024 }), async (c) => {
  const body = await c.req.text(); // Verified as it came: parsed and written again it would be another text.
  try {
    receive(body, c.req.header());
  } catch (error) {
    return c.text(error.message, 401);
  }
  return c.body(null, 204);
});

app.get('/visits/:id', serveStatic({ path: 'public/index.html' }));
app.get('/element/*', serveStatic({ root: 'node_modules/@confab/element/dist', rewriteRequestPath: afterFirst }));
app.get('*', serveStatic({ root: 'public' }));

app.onError((error, c) => {
  console.error(error);
  return error.status === 404 || error.status === 410
    ? c.json({ error: 'There is no such consultation, or it is over.' }, error.status)
    : c.json({ error: 'The call cannot be reached now. Try again.' }, 502);
});

/** Who uses this browser. An application with accounts knows that already, and who may start a consultation. */
function visitor(c) {
  const known = getCookie(c, 'visitor');
  if (known) return known;
  const id = randomUUID();
  setCookie(c, 'visitor', id, { httpOnly: true, sameSite: 'Lax' });
  return id;
}

function afterFirst(path) {
  return path.slice(path.indexOf('/', 1));
}

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 5173) });
