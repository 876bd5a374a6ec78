import { expect, test } from 'vitest';
import { type Decisions, FAMILIAR_MS, current, merged, noDecisions } from './decisions.js';

const NOW = 1_700_000_000_000;
const none = noDecisions(key(0, 16));

function key(n: number, bytes = 32): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  new DataView(out.buffer).setUint32(0, n);
  return out;
}

const seen = (n: number, at = NOW) => ({ key: key(n), at });
const evicted = (n: number, founder: boolean, at = NOW) => ({ id: key(n), identityKey: key(n), founder, at });
const appointed = (n: number, seq: number, on = true) => ({
  appointment: { identityKey: key(n), seq: BigInt(seq), on },
  message: key(seq),
});

test('two pages know together what each of them knows, whichever comes first', () => {
  const a: Decisions = {
    ...none,
    setting: { epoch: 2n, on: true },
    appointments: [appointed(1, NOW)],
    familiar: [seen(1, NOW - 2), seen(2)],
    removed: [evicted(3, false)],
  };
  const b: Decisions = {
    ...none,
    assumed: true,
    setting: { epoch: 1n, on: false },
    appointments: [appointed(1, NOW + 1, false)],
    familiar: [seen(1, NOW - 1)],
    removed: [evicted(3, true), evicted(4, false)],
  };
  for (const both of [merged(a, b), merged(b, a)]) {
    expect(both).toMatchObject({ setting: a.setting, assumed: false });
    expect(both.appointments).toEqual(b.appointments);
    expect(new Set(both.familiar)).toEqual(new Set([seen(1, NOW - 1), seen(2)]));
    expect(new Set(both.removed)).toEqual(new Set([evicted(3, true), evicted(4, false)]));
  }
});

test('what is old is not kept, but for whether the keys are guarded', () => {
  const old = NOW - FAMILIAR_MS - 1;
  const month = NOW - 30 * FAMILIAR_MS;
  const kept = current(
    {
      ...none,
      setting: { epoch: 1n, on: true },
      appointments: [appointed(1, old), appointed(2, NOW)],
      admitted: [seen(1, old), seen(2)],
      // By a clock that was wrong.
      familiar: [seen(1, old), seen(2), seen(3, NOW + FAMILIAR_MS + 1)],
      removed: [evicted(1, true, month - 1), evicted(2, true, month)],
    },
    NOW,
  );
  expect(kept).toEqual({
    ...none,
    setting: { epoch: 1n, on: true },
    appointments: [appointed(2, NOW)],
    admitted: [seen(2)],
    familiar: [seen(2)],
    removed: [evicted(2, true, month)],
  });
});

test('of too much the newest is kept', () => {
  const many = Array.from({ length: 5000 }, (_, i) => i);
  const kept = current(
    {
      ...none,
      admitted: many.map((i) => seen(i, NOW - i)),
      familiar: many.map((i) => seen(i, NOW + i)),
      removed: many.map((i) => evicted(i, false, NOW - i)),
    },
    NOW,
  );
  expect([kept.admitted, kept.familiar, kept.removed].map(({ length }) => length)).toEqual([4096, 4096, 1024]);
  expect(kept.admitted[0]).toEqual(seen(0, NOW));
  expect(kept.familiar[0]).toEqual(seen(4999, NOW + 4999));
});
