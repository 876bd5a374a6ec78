/** The page at `/embed`: one `<confab-room>`, which the page around the frame sets up and steers. Spec: spec/embed.md. */
import { RoomError, type Participant, type Track } from '@confab/client';
import type { ConfabRoomElement } from './element.js';
import { methods, version, type Connect, type Setup, type ToFrame, type ToPage } from './embed-protocol.js';
import { elementEvent, roomEvents } from './events.js';
import './index.js';

const element = document.createElement('confab-room');
element.style.blockSize = '100%';
document.body.append(element);

let port: MessagePort | undefined;
let lastToken = 0;
const tokens = new Map<number, { resolve: (token: string) => void; reject: (error: Error) => void }>();

const post = (message: ToPage): void => port?.postMessage(message);

addEventListener('message', (event: MessageEvent<Connect | null>) => {
  // Who may be around this frame is what frame-ancestors says. The first one that connects is it, once and for all.
  if (port || event.source !== parent || event.data?.confab !== 'connect' || event.data.version !== version) return;
  port = event.ports[0];
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<ToFrame>) => void told(data);
  post({ type: 'hello', version });
});

for (const name of roomEvents.map(elementEvent)) {
  element.addEventListener(name, (event) => {
    post({ type: 'event', name, detail: copyable((event as CustomEvent<unknown>).detail) });
  });
}

if (parent === window) document.body.textContent = 'This page is made to be embedded in another.';
else parent.postMessage({ confab: 'ready', versions: [version] }, '*');

async function told(message: ToFrame): Promise<void> {
  switch (message.type) {
    case 'setup':
      return setUp(element, message.setup);
    case 'token': {
      const wanted = tokens.get(message.id);
      tokens.delete(message.id);
      if (message.token === undefined) wanted?.reject(new Error(message.error ?? 'no token'));
      else wanted?.resolve(message.token);
      return;
    }
    case 'call': {
      const { id, method, on } = message;
      if (!methods.includes(method)) return;
      try {
        await (method === 'join' || method === 'leave' ? element[method]() : element[method](on === true));
        post({ type: 'result', id });
      } catch (cause) {
        const code = cause instanceof RoomError ? cause.code : 'closed';
        post({ type: 'result', id, error: { code, message: cause instanceof Error ? cause.message : String(cause) } });
      }
    }
  }
}

function setUp(room: ConfabRoomElement, setup: Setup): void {
  if (setup.secret) room.keys = { secret: setup.secret, host: setup.host };
  if (setup.token === true) {
    room.tokenSource = () =>
      new Promise((resolve, reject) => {
        tokens.set(++lastToken, { resolve, reject });
        post({ type: 'token-wanted', id: lastToken });
      });
  } else if (setup.token !== undefined) {
    room.tokenSource = setup.token;
  }
  const attributes = {
    'display-name': setup.displayName,
    lang: setup.lang,
    theme: setup.theme,
    layout: setup.layout,
    controls: setup.controls,
    autojoin: setup.autojoin,
    muted: setup.muted,
    'camera-off': setup.cameraOff,
    invite: setup.invite,
  };
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') room.setAttribute(name, value);
    else room.toggleAttribute(name, value === true);
  }
  room.setAttribute('url', setup.url);
}

/** What of an event's detail can be handed to another page: of participants and tracks, what identifies them. */
function copyable(detail: unknown): unknown {
  if (detail instanceof Uint8Array || typeof detail !== 'object' || detail === null) return detail;
  if (detail instanceof Error)
    return { code: detail instanceof RoomError ? detail.code : undefined, message: detail.message };
  if (Array.isArray(detail)) return detail.map(copyable);
  if (isParticipant(detail)) return { identity: detail.identity, name: detail.name, isLocal: detail.isLocal };
  if (isTrack(detail)) return { id: detail.id, source: detail.source, kind: detail.kind, muted: detail.muted };
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, copyable(value)]));
}

function isParticipant(value: object): value is Participant {
  return 'identity' in value && 'tracks' in value;
}

function isTrack(value: object): value is Track {
  return 'attach' in value && 'source' in value;
}
