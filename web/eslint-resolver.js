// Finds the files that TypeScript sources import, for the boundary rules: sources name files as they will be called when
// compiled, and a package of the workspace stands for its sources.
import { existsSync } from 'node:fs';
import { dirname, resolve as join } from 'node:path';

export const interfaceVersion = 2;

export function resolve(source, file) {
  const own = /^@confab\/(\w+)$/.exec(source);
  if (!own && !source.startsWith('.')) {
    return { found: false };
  }
  const base = own ? join(import.meta.dirname, 'packages', own[1], 'src/index.js') : join(dirname(file), source);
  const path = [base, base.replace(/\.js$/, '.ts'), base.replace(/\.js$/, '.tsx')].find((name) => existsSync(name));
  return path ? { found: true, path } : { found: false };
}
