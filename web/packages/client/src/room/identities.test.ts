import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { owned } from '../e2ee/bytes.js';
import { noDecisions } from '../e2ee/decisions.js';
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
    const { identity } = founder!;
    expect(await hostOf(identity.publicKey)).toEqual(read.host);
    expect(identity.privateKey.extractable).toBe(false);
    const message = await signed(identity, 'host', Uint8Array.of(1, 2, 3));
    await verifySigned(await verifyKey(identity.publicKey), 'host', message);
  });

  it('begins with nothing decided, and keeps what two of its tabs decide', async () => {
    const { room, keys } = await createMeetingLink({ origin: ORIGIN });
    const one = (await founderOf(room, keys.host))!;
    const two = (await founderOf(room, keys.host))!;
    const nothing = noDecisions(owned(keys.host!));
    expect(one.decisions).toEqual(nothing);
    const setting = { epoch: 5n, on: true };
    const at = Date.now();
    const [ann, ben] = [1, 2].map((n) => ({ key: new Uint8Array(32).fill(n), at: at - n }));
    await one.keep({ ...nothing, setting, familiar: [ann!] });
    await two.keep({ ...nothing, setting: { epoch: 4n, on: false }, familiar: [ben!] });
    expect((await founderOf(room, keys.host))!.decisions).toEqual({ ...nothing, setting, familiar: [ann, ben] });
  });

  it('takes nothing of the meeting that the room was before', async () => {
    await createMeetingLink({ origin: ORIGIN, room: 'a' });
    const before = await createMeetingLink({ origin: ORIGIN, room: 'a' });
    const old = (await founderOf('a', before.keys.host))!;
    const now = await createMeetingLink({ origin: ORIGIN, room: 'a' });
    await old.keep({ ...old.decisions!, setting: { epoch: 1n, on: true } });
    expect((await founderOf('a', now.keys.host))!.decisions).toEqual(noDecisions(owned(now.keys.host!)));
  });

  it('forgets who was there a month after it was last used, but not that it is guarded', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const { room, keys } = await createMeetingLink({ origin: ORIGIN });
    const founder = (await founderOf(room, keys.host))!;
    const setting = { epoch: 5n, on: true };
    await founder.keep({ ...founder.decisions!, setting, familiar: [{ key: new Uint8Array(32), at: 0 }] });
    vi.setSystemTime(31 * DAY_MS);
    await createMeetingLink({ origin: ORIGIN });
    const { decisions, identity } = (await founderOf(room, keys.host))!;
    expect(identity).toEqual(founder.identity);
    expect(decisions).toEqual({ ...founder.decisions, setting });
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
  const host = new Uint8Array(16).fill(3);
  const key = async (room: string, secret: Uint8Array<ArrayBuffer>) =>
    (await tabIdentity(room, secret, host))!.identity.publicKey;

  it('is the same after a reload, in that room and that tab only', async () => {
    const first = await key('standup', tab);
    expect(await key('standup', tab)).toEqual(first);
    expect(await key('standup', other)).not.toEqual(first);
    expect(await key('retro', tab)).not.toEqual(first);
    expect((await tabIdentity('standup', tab, host))!.identity.privateKey.extractable).toBe(false);
  });

  it('knows what hosts decided, of the host whom the link names', async () => {
    const first = (await tabIdentity('standup', tab, host))!;
    expect(first.decisions).toBeUndefined();
    const decisions = { ...noDecisions(host), setting: { epoch: 5n, on: true } };
    await first.keep(decisions);
    expect((await tabIdentity('standup', tab, host))!.decisions).toEqual(decisions);
    expect((await tabIdentity('standup', tab, new Uint8Array(16)))!.decisions).toBeUndefined();
    expect((await tabIdentity('standup', tab, undefined))!.decisions).toBeUndefined();
    expect((await tabIdentity('retro', tab, host))!.decisions).toBeUndefined();
  });

  it('is forgotten a day after it was last used', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    const first = await key('standup', tab);
    vi.setSystemTime(DAY_MS);
    expect(await key('standup', tab)).toEqual(first);
    vi.setSystemTime(2 * DAY_MS + 1);
    expect(await key('standup', tab)).not.toEqual(first);
  });

  it('is none where the browser keeps nothing', async () => {
    forbidStorage();
    expect(await tabIdentity('standup', tab, host)).toBeUndefined();
  });
});
