// @vitest-environment happy-dom
import { afterEach, expect, test } from 'vitest';
import type { ToFrame, ToPage } from './embed-protocol.js';
import { createEmbed, type Embed } from './embed.js';

const url = 'https://meet.example.com/m/room';
const keys = { secret: new Uint8Array(32).fill(1), host: new Uint8Array(16).fill(2) };

// In no page, so that nothing is loaded: the test is the frame.
const parent = document.createElement('main');
let embed: Embed;
afterEach(() => embed.destroy());

test('the frame gets the keys whole, and is told nothing before it has them', async () => {
  embed = createEmbed(parent, { url, keys });
  const frame = await load(embed);
  void embed.join().catch(() => {});
  frame.say({ type: 'hello', version: 1 });
  void embed.leave().catch(() => {});
  expect(await frame.told(3)).toEqual([
    { type: 'setup', setup: { url, ...keys } },
    { type: 'call', id: 1, method: 'join' },
    { type: 'call', id: 2, method: 'leave' },
  ]);
});

test('what a frame was asked that is loaded anew is not waited for', async () => {
  embed = createEmbed(parent, { url, keys });
  const frame = await load(embed);
  frame.say({ type: 'hello', version: 1 });
  await frame.told(1);
  const asked = embed.join();
  await load(embed);
  await expect(asked).rejects.toMatchObject({ code: 'closed' });
});

/** The other side, up to where it is connected. */
async function load({ frame }: Embed) {
  const connected = new Promise<MessagePort>((resolve) => {
    const source = { postMessage: (_: unknown, __: string, [port]: MessagePort[]) => resolve(port!) };
    Object.defineProperty(frame, 'contentWindow', { value: source, configurable: true });
    const data = { confab: 'ready', versions: [1] };
    dispatchEvent(Object.assign(new MessageEvent('message', { data, origin: 'https://meet.example.com' }), { source }));
  });
  const port = await connected;
  const messages: ToFrame[] = [];
  let enough = (): void => {};
  port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
    messages.push(data);
    enough();
  };
  return {
    say: (message: ToPage) => port.postMessage(message),
    told: (count: number) =>
      new Promise<ToFrame[]>((resolve) => {
        enough = () => messages.length >= count && resolve(messages);
        enough();
      }),
  };
}
