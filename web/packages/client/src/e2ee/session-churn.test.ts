import { expect, test } from 'vitest';
import { code, openVideo, sealVideo } from './testing/frames.js';
import { Network, type Participant } from './testing/network.js';

/** Numbers that are the same in every run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Longer than any rotation takes: five seconds since the one before, two until its first use. */
const CALM_MS = 8000;

test.each([1, 2])('members come and go at random (%i)', { timeout: 60_000 }, async (seed) => {
  const net = new Network();
  const random = randomNumbers(seed);
  const present: Participant[] = [];
  const left: Participant[] = [];
  /** Attempts to open what was sealed before one joined or after one left. */
  const forbidden: Promise<string>[] = [];
  let joined = 0;

  const join = async () => {
    const before = await Promise.all(present.map((sender) => sealVideo(sender)));
    const newcomer = await net.join(`member ${joined++}`);
    await net.pass(1000);
    for (const [i, frame] of before.entries()) forbidden.push(code(openVideo(newcomer, present[i]!, frame)));
    present.push(newcomer);
  };
  const leave = async () => {
    const [leaver] = present.splice(random(present.length), 1);
    await net.leave(leaver!, random(3) === 0);
    left.push(leaver!);
  };
  const calm = async () => {
    await net.pass(CALM_MS);
    for (const sender of present) {
      const frame = await sealVideo(sender);
      for (const receiver of present) {
        if (receiver !== sender) expect(await openVideo(receiver, sender, frame)).toBe('picture');
      }
      for (const leaver of left) forbidden.push(code(openVideo(leaver, sender, frame)));
    }
  };

  for (let i = 0; i < 25; i++) {
    const action = random(4);
    if (present.length < 2 || (action < 2 && present.length < 6)) await join();
    else if (action < 3) await leave();
    else await calm();
    await net.pass(random(1500));
  }
  await calm();
  for (const { e2ee } of [...present, ...left]) e2ee.close();
  expect(forbidden.length).toBeGreaterThan(20);
  expect(await Promise.all(forbidden)).not.toContain('opened');
});
