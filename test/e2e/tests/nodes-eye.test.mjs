// @ts-check
import assert from 'node:assert/strict';
import { createHash, hkdfSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { chiSquare, ciphertextOf, traces, watchNode } from '../lib/nodes-eye.mjs';
import { reads, say } from '../lib/meet.mjs';
import { startServer } from '../lib/server.mjs';
import { engines, names, openThree } from '../lib/three.mjs';

const chat = 'The merger is signed on Thursday';

describe('what a node can see of a call', { timeout: 400_000 }, () => {
  /** @type {import('../lib/server.mjs').Server} */
  let server;
  /** @type {Awaited<ReturnType<typeof watchNode>>} */
  let eye;
  /** @type {import('../lib/three.mjs').Three} */
  let three;

  before(async () => {
    server = await startServer();
    eye = await watchNode(server.port);
    three = await openThree(eye.origin);
    await three.joinAll();
    await three.everyoneSeesAndHears();
    await say(three.pages.firefox, chat);
    await Promise.all(engines.map((engine) => reads(three.pages[engine], chat)));
  });

  after(async () => {
    await three?.close();
    await eye?.close();
    await server?.stop();
  });

  test('the watcher saw the whole call', () => {
    const count = (/** @type {string} */ from, /** @type {string} */ kind) =>
      eye.messages.filter((message) => message.from === from && message.kind === kind).length;
    assert.ok(count('client', 'object') > 300, `${count('client', 'object')} objects from clients`);
    assert.ok(count('node', 'object') > 300, `${count('node', 'object')} objects from the node`);
    assert.ok(count('client', 'control') > 20, `${count('client', 'control')} control messages from clients`);
    assert.notDeepEqual(
      traces(eye.messages, Buffer.from('vp8')),
      [],
      'it does not even find what is sent in the clear',
    );
  });

  for (const text of [...Object.values(names), chat, 'merger', 'Fiona', 'Wanda', 'Chris Chr']) {
    test(`not the text "${text}"`, () => assert.deepEqual(traces(eye.messages, Buffer.from(text)), []));
  }

  test('no key of the meeting', () => {
    const secret = Buffer.from(new URL(three.link).hash.slice('#e1.'.length), 'base64url');
    assert.equal(secret.length, 32);
    const room = Buffer.from(new URL(three.link).pathname.slice('/m/'.length));
    const label = (/** @type {string} */ name) => Buffer.from(`confab e2ee v1 ${name}\0`);
    const length = Buffer.from([room.length >> 8, room.length & 255]);
    const mid = createHash('sha256')
      .update(Buffer.concat([label('meeting'), length, room]))
      .digest();
    assert.notDeepEqual(
      traces(eye.messages, mid),
      [],
      'announcements carry the meeting id: the derivation here is wrong',
    );
    assert.deepEqual(traces(eye.messages, secret), []);
    for (const name of ['auth', 'psk', 'meta']) {
      const key = Buffer.from(hkdfSync('sha256', secret, mid, label(name), 32));
      assert.deepEqual(traces(eye.messages, key), [], `K_${name}`);
    }
  });

  test('no recognisable frame: every object is ciphertext', async () => {
    const objects = eye.messages.filter((message) => message.kind === 'object' && message.from === 'client');
    const ciphertexts = objects.map((message) => ciphertextOf(message.bytes)).filter((bytes) => bytes.length > 16);
    const chi = chiSquare(ciphertexts);
    const codec = chiSquare([Buffer.from(await three.pages.chromium.evaluate(plainFrames))]);
    assert.ok(codec > 600, `plain frames have χ² ${codec}: the measure cannot tell them from ciphertext`);
    assert.ok(chi < 400, `objects have χ² ${chi}, plain frames ${codec}, ciphertext about 255`);
  });
});

/** Bytes of a few frames as an encoder makes them, of the same camera. */
async function plainFrames() {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 } });
  const [track] = stream.getVideoTracks();
  /** @type {number[]} */
  const bytes = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      bytes.push(...data);
    },
    error: () => {},
  });
  encoder.configure({ codec: 'vp8', width: 640, height: 360, bitrate: 800_000 });
  const reader = new /** @type {any} */ (window).MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let i = 0; i < 30; i++) {
    const { value: frame } = await reader.read();
    encoder.encode(frame, { keyFrame: i % 10 === 0 });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  track?.stop();
  return bytes;
}
