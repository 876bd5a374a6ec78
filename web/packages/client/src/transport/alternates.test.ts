import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Alternates, nodeAt } from './alternates.js';
import { harness, joined, links } from './testing/link-harness.js';
import { message } from './testing/simulated-node.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(async () => {
  for (const link of links.splice(0)) {
    const closed = link.close();
    await vi.advanceTimersByTimeAsync(600);
    await closed;
  }
  vi.useRealTimers();
});

const alternates = message('alternates', { urls: ['https://b.test', 'http://insecure.test', 'https://c.test/'] });

describe('nodeAt', () => {
  it.each([
    ['https://b.test/x', 'https://a.test', 'https://b.test'],
    ['https://b.test', 'http://localhost:8080', 'https://b.test'],
    ['http://b.test', 'http://localhost:8080', 'http://b.test'],
    ['http://b.test', 'https://a.test', undefined],
    ['javascript:alert(1)', 'http://a.test', undefined],
    ['', 'https://a.test', undefined],
  ])('of %s from %s', (url, from, origin) => expect(nodeAt(url, from)).toBe(origin));
});

describe('Alternates', () => {
  it('stays with a node whose path failed once, and then goes round', () => {
    const nodes = new Alternates('https://a.test');
    expect(nodes.patienceMs(1)).toBe(20_000);
    nodes.set(['https://b.test', 'http://insecure.test', 'https://c.test/']);
    expect([1, 2, 9].map((failures) => nodes.patienceMs(failures))).toEqual([3000, 6000, 20_000]);
    expect(nodes.after('https://a.test', false, 1, 100)).toBe('https://a.test');
    expect(nodes.after('https://a.test', false, 1, 3000)).toBe('https://b.test');
    expect(nodes.after('https://a.test', true, 1, 100)).toBe('https://b.test');
    expect(nodes.after('https://b.test', false, 2, 100)).toBe('https://c.test');
    expect(nodes.after('https://c.test', false, 3, 100)).toBe('https://a.test');
    expect(nodes.after('https://elsewhere.test', false, 2, 100)).toBe('https://a.test');
  });
});

describe('a link whose node', () => {
  it('is gone resumes at another', async () => {
    const { node, link, events } = harness();
    await joined(link);
    const session = node.live.id;
    node.send(alternates);
    await vi.advanceTimersByTimeAsync(100);
    node.origins.set('https://node.test', 'gone');
    node.live.connection!.breakOff();
    await vi.advanceTimersByTimeAsync(1500);
    expect(node.asked.slice(1)).toEqual(['https://node.test', 'https://node.test', 'https://b.test']);
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'resumed webtransport']);
    expect(node.live.id).toBe(session);
  });

  it('is gone with its sessions joins anew at another', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.send(alternates);
    await vi.advanceTimersByTimeAsync(100);
    node.crash();
    node.up = true;
    node.origins.set('https://node.test', 'gone').set('https://b.test', 'gone');
    await vi.advanceTimersByTimeAsync(3000);
    expect(node.asked.at(-1)).toBe('https://c.test');
    expect(events).toEqual(['welcome webtransport', 'interrupted', 'welcome webtransport']);
  });

  it('is frozen goes to another within seconds', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.send(alternates);
    await vi.advanceTimersByTimeAsync(100);
    node.origins.set('https://node.test', 'silent');
    node.live.connection!.mute();
    await vi.advanceTimersByTimeAsync(8000);
    expect(node.asked.at(-1)).toBe('https://b.test');
    expect(events.at(-1)).toBe('resumed webtransport');
  });

  it('refuses goes to another at once', async () => {
    const { node, link, events } = harness();
    await joined(link);
    node.send(alternates);
    await vi.advanceTimersByTimeAsync(100);
    let refused = 0;
    node.refuse = () => (refused++ === 0 ? 'shutting-down' : undefined);
    node.say(message('goAway', { byMs: 5000 }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(node.asked.slice(1)).toEqual(['https://node.test', 'https://b.test']);
    expect(events).toEqual(['welcome webtransport', 'resumed webtransport']);
  });
});
