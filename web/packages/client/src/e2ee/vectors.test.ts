import { expect, test, vi } from 'vitest';
import derivations from '../../../../../spec/vectors/e2ee-v1.json' with { type: 'json' };
import negative from '../../../../../spec/vectors/e2ee-negative-v1.json' with { type: 'json' };
import positive from '../../../../../spec/vectors/e2ee-positive-v1.json' with { type: 'json' };
import link from '../../../../../spec/vectors/link-v1.json' with { type: 'json' };
import record from '../../../../../spec/vectors/record-v1.json' with { type: 'json' };
import sframe from '../../../../../spec/vectors/sframe-rfc9605.json' with { type: 'json' };
import { runVectors } from './vectors.js';

// Key encapsulation in JavaScript takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const files = {
  'e2ee-v1': derivations,
  'sframe-rfc9605': sframe,
  'e2ee-positive-v1': positive,
  'e2ee-negative-v1': negative,
  'link-v1': link,
  'record-v1': record,
};

test.each(Object.entries(files))('%s', async (name, content) => {
  const results = await runVectors([{ name, content }]);
  expect(results.filter((result) => !result.ok)).toEqual([]);
  expect(results.length).toBeGreaterThan(0);
});

test('an unknown operation, an unknown file and a wrong result fail', async () => {
  const results = await runVectors([
    { name: 'operation', content: { cases: [{ name: 'new', op: 'teleport', in: {}, out: {} }] } },
    { name: 'file', content: {} },
    { name: 'result', content: { ...derivations, mid: derivations.K_auth } },
  ]);
  expect(results.filter((result) => result.ok).map((result) => result.name)).not.toContain('result: meeting');
  expect(results.slice(0, 3).map((result) => result.ok)).toEqual([false, false, false]);
});
