// @vitest-environment happy-dom
import { act, type ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { takeRenders, watchRenders } from '../testing/renders.js';
import { ScriptedRoom } from '../testing/scripted-room.js';

watchRenders();
const { createRoot } = await import('react-dom/client');
const { ConfabRoot, LevelMeter, RoomProvider, VideoConference } = await import('../index.js');

let unmount: () => void;
let place: HTMLElement;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('ResizeObserver', LaidOut);
  place = document.body.appendChild(document.createElement('div'));
});

afterEach(() => {
  unmount();
  place.remove();
  vi.unstubAllGlobals();
});

test('somebody who begins to speak renders one frame again', async () => {
  const call = new ScriptedRoom('ann', 'ben', 'eve');
  await show(call);
  expect(speaking()).toEqual([]);
  takeRenders();

  await act(async () => call.speak('ben'));
  expect(speaking()).toEqual(['ben']);
  expect(takeRenders()).toEqual(['SpeakingFrame']);

  await act(async () => call.speak('eve', 'ben'));
  expect(speaking()).toEqual(['ben', 'eve']);
  expect(takeRenders()).toEqual(['SpeakingFrame']);

  await act(async () => call.speak());
  expect(takeRenders()).toEqual(['SpeakingFrame', 'SpeakingFrame']);
});

test('a change of one participant renders one tile again', async () => {
  const call = new ScriptedRoom('ann', 'ben', 'eve');
  await show(call);
  takeRenders();
  await act(async () => call.change((p) => (p.identity === 'ben' ? { ...p, quality: 'poor' } : p)));
  const renders = takeRenders();
  expect(renders.filter((name) => name === 'ParticipantTile')).toEqual(['ParticipantTile']);
  expect(renders).not.toContain('ControlBar');
});

test('loudness renders nothing again', async () => {
  let level = 0;
  await render(<LevelMeter level={() => level} label="Level" />);
  takeRenders();
  const meter = place.querySelector<HTMLElement>('[role=img]')!;
  for (level = 0.1; level < 1; level += 0.2) {
    await act(() => new Promise(requestAnimationFrame));
    expect(Number(meter.style.getPropertyValue('--level'))).toBeCloseTo(level, 2);
  }
  expect(takeRenders()).toEqual([]);
});

async function show(call: ScriptedRoom): Promise<void> {
  await render(
    <ConfabRoot language="en" theme="light">
      <RoomProvider room={call.room}>
        <VideoConference />
      </RoomProvider>
    </ConfabRoot>,
  );
}

async function render(content: ReactNode): Promise<void> {
  const root = createRoot(place);
  await act(async () => root.render(content));
  unmount = () => act(() => root.unmount());
}

function speaking(): string[] {
  const frames = place.querySelectorAll('[data-speaking=true]');
  return [...frames].map((frame) => frame.closest('article')!.dataset['identity']!).sort();
}

/** There is no layout here: everything is 1280 × 720. */
class LaidOut implements ResizeObserver {
  constructor(readonly told: ResizeObserverCallback) {}

  observe(): void {
    this.told([{ contentRect: { width: 1280, height: 720 } } as ResizeObserverEntry], this);
  }

  unobserve(): void {}
  disconnect(): void {}
}
