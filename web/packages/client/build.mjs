// Bundles the package into dist: the page's module, and beside it the worker and the audio worklets, which the module finds
// by `new URL('./name.js', import.meta.url)`. Vite and webpack know that expression; without a bundler it is a plain address.
import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const CORE_LIMIT = 60 * 1024;
const here = fileURLToPath(new URL('.', import.meta.url));

await rm(`${here}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: {
    index: 'src/index.ts',
    'engine-worker': 'src/engine/worker.ts',
    'audio-worklets': 'src/media/worklet/index.ts',
  },
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: 'linked',
  legalComments: 'eof',
  logLevel: 'warning',
});

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' });

let core = 0;
for (const name of ['index', 'engine-worker', 'audio-worklets']) {
  const bytes = await readFile(`${here}dist/${name}.js`);
  const zipped = gzipSync(bytes, { level: 9 }).length;
  if (name === 'index') core = zipped;
  console.log(`${`${name}.js`.padEnd(20)} ${kilobytes(bytes.length)}  gzip ${kilobytes(zipped)}`);
}
if (core > CORE_LIMIT) {
  console.error(`index.js is over its limit of ${kilobytes(CORE_LIMIT).trim()} gzipped`);
  process.exit(1);
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
}
