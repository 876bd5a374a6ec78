import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hostOf } from '../e2ee/host.js';
import { signed, verifyKey, verifySigned } from '../e2ee/identity.js';
import { founderOf } from './host-identity.js';
import { createMeetingLink, linkKeys, parseNodeUrl } from './meeting-link.js';
import { tabIdentity } from './tab-identity.js';

const ORIGIN = 'https://meet.example';
const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(() => vi.stubGlobal('indexedDB', new IDBFactory()));

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A browser that keeps nothing. */
function forbidStorage() {
  vi.stubGlobal('indexedDB', {
    open() {
      throw new DOMException('not here', 'SecurityError');
    },
  });
}

describe('a meeting that this browser founds', () => {
  it('has a link that names the identity which is kept here, and no other', async () => {
    const { url, room, keys } = await createMeetingLink({ origin: ORIGIN });
    const read = linkKeys(url);
    expect(read).toEqual(keys);
    expect(parseNodeUrl(url)).toEqual({ origin: ORIGIN, room });
    const founder = await founderOf(room, read.host);
    expect(await hostOf(founder!.publicKey)).toEqual(read.host);
    expect(founder!.privateKey.extractable).toBe(false);
    const message = await signed(founder!, 'host', Uint8Array.of(1, 2, 3));
    await verifySigned(await verifyKey(founder!.publicKey), 'host', message);
  });

  it('is that of the room and the link only', async () => {
    const a = await createMeetingLink({ origin: ORIGIN, room: 'a' });
    const b = await createMeetingLink({ origin: ORIGIN, room: 'b' });
    expect(await founderOf('a', b.keys.host)).toBeUndefined();
    expect(await founderOf('c', a.keys.host)).toBeUndefined();
    expect(await founderOf('a', undefined)).toBeUndefined();
    // Founded anew, the older link names somebody who is nowhere any more.
    const again = await createMeetingLink({ origin: ORIGIN, room: 'a' });
    expect(await founderOf('a', a.keys.host)).toBeUndefined();
    expect(await founderOf('a', again.keys.host)).toBeDefined();
    expect(again.keys.secret).not.toEqual(a.keys.secret);
  });

  it('takes the room that a server made, if it can be one', async () => {
    expect((await createMeetingLink({ origin: ORIGIN, room: 'standup' })).room).toBe('standup');
    await expect(createMeetingLink({ origin: ORIGIN, room: 'a b' })).rejects.toMatchObject({ code: 'room-invalid' });
  });

  it('cannot be where the browser keeps nothing, and nobody is its founder there', async () => {
    forbidStorage();
    await expect(createMeetingLink({ origin: ORIGIN })).rejects.toMatchObject({
      name: 'RoomError',
      code: 'unsupported',
    });
    expect(await founderOf('a', new Uint8Array(16).fill(1))).toBeUndefined();
  });
});

describe('the identity of a tab', () => {
  const tab = new Uint8Array(32).fill(1);
  const other = new Uint8Array(32).fill(2);

  it('is the same after a reload, in that room and that tab only', async () => {
    const first = await tabIdentity('standup', tab);
    expect((await tabIdentity('standup', tab))!.publicKey).toEqual(first!.publicKey);
    expect((await tabIdentity('standup', other))!.publicKey).not.toEqual(first!.publicKey);
    expect((await tabIdentity('retro', tab))!.publicKey).not.toEqual(first!.publicKey);
    expect(first!.privateKey.extractable).toBe(false);
  });

  it('is forgotten a day after it was last used', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const first = await tabIdentity('standup', tab);
    vi.setSystemTime(DAY_MS);
    expect((await tabIdentity('standup', tab))!.publicKey).toEqual(first!.publicKey);
    vi.setSystemTime(2 * DAY_MS + 1);
    expect((await tabIdentity('standup', tab))!.publicKey).not.toEqual(first!.publicKey);
  });

  it('is none where the browser keeps nothing', async () => {
    forbidStorage();
    expect(await tabIdentity('standup', tab)).toBeUndefined();
  });
});
