import { describe, expect, it } from 'vitest';
import { HIDDEN_MS, Subscriptions, type Candidate } from './subscriptions.js';

const ALL = { autoSubscribe: true, adaptive: true };
const LIMIT = 100;

function camera(identity: string, speaking = false): Candidate {
  return { id: `${identity}/camera`, source: 'camera', heights: [180, 360, 720], speaking };
}

const microphone: Candidate = { id: 'ann/microphone', source: 'microphone', heights: [0], speaking: false };
const screen: Candidate = { id: 'ann/screen', source: 'screen', heights: [1080], speaking: false };
const ann = camera('ann');

describe('Subscriptions', () => {
  it('receives all sound, and pauses video that is not shown', () => {
    const { subscribe, paused } = new Subscriptions(ALL).plan([microphone, ann, screen], LIMIT, 0);
    expect(subscribe.map(({ id }) => id)).toEqual(['ann/microphone']);
    expect([...paused]).toEqual(['ann/camera', 'ann/screen']);
  });

  it.each([
    [100, 180],
    [180, 180],
    [200, 180],
    [300, 360],
    [500, 720],
    [2000, 720],
  ])('shown %i pixels high asks for the layer of %i', (shown, layer) => {
    const subscriptions = new Subscriptions(ALL);
    subscriptions.setWantedHeight(ann.id, shown, 0);
    expect(subscriptions.plan([ann], LIMIT, 0).subscribe).toMatchObject([{ id: ann.id, maxHeight: layer }]);
  });

  it('says nothing when a change of size needs no other layer', () => {
    const subscriptions = new Subscriptions(ALL);
    subscriptions.setWantedHeight(ann.id, 300, 0);
    subscriptions.plan([ann], LIMIT, 0);
    subscriptions.setWantedHeight(ann.id, 340, 0);
    expect(subscriptions.plan([ann], LIMIT, 0).subscribe).toEqual([]);
  });

  it('goes on for a moment after the video is hidden', () => {
    const subscriptions = new Subscriptions(ALL);
    subscriptions.setWantedHeight(ann.id, 300, 0);
    subscriptions.plan([ann], LIMIT, 0);
    subscriptions.setWantedHeight(ann.id, 0, 1000);
    const hidden = subscriptions.plan([ann], LIMIT, 1000);
    expect(hidden).toMatchObject({ subscribe: [], unsubscribe: [], again: 1000 + HIDDEN_MS });
    const later = subscriptions.plan([ann], LIMIT, 1000 + HIDDEN_MS);
    expect(later.unsubscribe).toEqual([ann.id]);
    expect(later.paused.has(ann.id)).toBe(true);
  });

  it('asks for a speaker first', () => {
    const subscriptions = new Subscriptions({ autoSubscribe: true, adaptive: false });
    const { subscribe } = subscriptions.plan([camera('ann'), camera('bob', true), microphone], 2, 0);
    expect(subscribe.map(({ id }) => id)).toEqual(['ann/microphone', 'bob/camera']);
    const after = subscriptions.plan([camera('ann', true), camera('bob'), microphone], 2, 0);
    expect(after.unsubscribe).toEqual(['bob/camera']);
    expect(after.subscribe.map(({ id }) => id)).toEqual(['ann/camera']);
  });

  it('receives nothing unasked without autoSubscribe', () => {
    const subscriptions = new Subscriptions({ autoSubscribe: false, adaptive: false });
    expect(subscriptions.plan([ann, microphone], LIMIT, 0)).toMatchObject({ subscribe: [], paused: new Set() });
    subscriptions.choose(ann.id, { maxHeight: 200, priority: 7 });
    expect(subscriptions.plan([ann, microphone], LIMIT, 0).subscribe).toEqual([
      { id: ann.id, maxHeight: 200, priority: 7 },
    ]);
  });

  it('obeys the page when it does not want a track', () => {
    const subscriptions = new Subscriptions(ALL);
    subscriptions.plan([microphone], LIMIT, 0);
    subscriptions.choose(microphone.id, undefined);
    const { unsubscribe, paused } = subscriptions.plan([microphone], LIMIT, 0);
    expect(unsubscribe).toEqual([microphone.id]);
    expect(paused.size).toBe(0);
  });

  it('never asks for more than the page allows', () => {
    const subscriptions = new Subscriptions(ALL);
    subscriptions.choose(ann.id, { maxHeight: 180 });
    subscriptions.setWantedHeight(ann.id, 1000, 0);
    expect(subscriptions.plan([ann], LIMIT, 0).subscribe).toMatchObject([{ maxHeight: 180 }]);
  });

  it('asks for everything again after a fresh session, as it was chosen', () => {
    const subscriptions = new Subscriptions(ALL);
    subscriptions.choose(microphone.id, undefined);
    subscriptions.setWantedHeight(ann.id, 300, 0);
    const first = subscriptions.plan([ann, microphone], LIMIT, 0);
    subscriptions.reset();
    expect(subscriptions.plan([ann, microphone], LIMIT, 0).subscribe).toEqual(first.subscribe);
  });
});
