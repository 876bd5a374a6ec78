import { expect, test } from 'vitest';
import { EMOJI } from '../../../../client/src/e2ee/sas-emoji.js';
import { emoji as de } from './de.js';
import { emoji as es } from './es.js';
import { emoji as fr } from './fr.js';

test.each(Object.entries({ de, es, fr }))('pictures can be told from each other by their names: %s', (_, names) => {
  expect(Object.keys(names)).toEqual(EMOJI.map(({ name }) => name));
  expect(new Set(Object.values(names)).size).toBe(EMOJI.length);
});
