import { equal, hex } from './bytes.js';
import { derivationCases } from './vectors-derivations.js';
import { operationCase } from './vectors-operations.js';
import { sframeCases } from './vectors-sframe.js';

/** What one vector came to. */
export interface VectorResult {
  readonly name: string;
  readonly ok: boolean;
  readonly error?: string;
}

/** A file of spec/vectors: its base name and parsed JSON. */
export interface VectorFile {
  readonly name: string;
  readonly content: unknown;
}

/** One check; rejects with what is wrong. */
export interface VectorCase {
  readonly name: string;
  run(): Promise<void>;
}

export class VectorMismatch extends Error {
  override readonly name = 'VectorMismatch';
}

/**
 * Runs vector files of E2EE v1 (spec/vectors/README.md) in whatever engine this is: Node or any browser.
 * A file or operation that it does not know is a failure.
 */
export async function runVectors(files: readonly VectorFile[]): Promise<VectorResult[]> {
  const results: VectorResult[] = [];
  for (const file of files) {
    for (const { name, run } of casesOf(file)) {
      const full = `${file.name}: ${name}`;
      try {
        await run();
        results.push({ name: full, ok: true });
      } catch (error) {
        results.push({ name: full, ok: false, error: String(error) });
      }
    }
  }
  return results;
}

function casesOf(file: VectorFile): VectorCase[] {
  const content = file.content as Record<string, unknown>;
  if (Array.isArray(content['cases'])) return content['cases'].map(operationCase);
  if ('sframe' in content) return sframeCases(content);
  if ('A_ik_seed' in content) return derivationCases(content);
  return [{ name: 'file', run: () => Promise.reject(new VectorMismatch('not a vector file of E2EE v1')) }];
}

/** Compares JSON values, with byte strings as lower-case hexadecimal. Throws VectorMismatch. */
export function same(what: string, got: unknown, want: unknown): void {
  const a = JSON.stringify(got, replacer);
  const b = JSON.stringify(want, replacer);
  if (a !== b) throw new VectorMismatch(`${what} is ${a}, not ${b}`);
}

export function sameBytes(what: string, got: Uint8Array, want: Uint8Array): void {
  if (!equal(got, want)) throw new VectorMismatch(`${what} is ${hex(got)}, not ${hex(want)}`);
}

function replacer(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
