// Bundles the element into dist with all it needs: the client, the components on Preact in place of React, their styles; and
// beside it the client's worker and worklets, which it finds by its own address.
import { execFileSync } from 'node:child_process';
import { copyFile, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const LIMIT = 156 * 1024;
const here = fileURLToPath(new URL('.', import.meta.url));
const client = `${here}../client/dist/`;
const beside = ['engine-worker.js', 'audio-worklets.js'];

await rm(`${here}dist`, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { index: 'src/index.ts', embed: 'src/embed.ts', 'embed-page': 'src/embed-page.ts' },
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  target: 'es2022',
  jsx: 'automatic',
  minify: true,
  sourcemap: 'linked',
  legalComments: 'eof',
  logLevel: 'warning',
  metafile: true,
  loader: { '.css': 'text' },
  alias: {
    react: 'preact/compat',
    'react-dom': 'preact/compat',
    'react-dom/client': 'preact/compat/client',
    'react/jsx-runtime': 'preact/jsx-runtime',
  },
});
for (const name of beside) await copyFile(client + name, `${here}dist/${name}`);

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' });

// What a page loads for a call: the module, what it imports at once, and the files beside it.
const loaded = new Set(beside.map((name) => `dist/${name}`));
const follow = (name) => {
  if (loaded.has(name)) return;
  loaded.add(name);
  for (const { path, kind } of metafile.outputs[name].imports) if (kind === 'import-statement') follow(path);
};
follow('dist/index.js');
let total = 0;
for (const name of loaded) {
  const bytes = await readFile(here + name);
  const zipped = gzipSync(bytes, { level: 9 }).length;
  total += zipped;
  console.log(`${name.replace('dist/', '').padEnd(24)} ${kilobytes(bytes.length)}  gzip ${kilobytes(zipped)}`);
}
if (total > LIMIT) {
  console.error(`The element is over its limit: ${kilobytes(total).trim()} of ${kilobytes(LIMIT).trim()} gzipped`);
  process.exit(1);
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
}
