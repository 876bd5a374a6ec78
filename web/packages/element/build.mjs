// Bundles the element into dist with all it needs: the client, the components on Preact in place of React, their styles; and
// beside it the client's worker and worklets, which it finds by its own address.
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { budget } from '../../scripts/budget.mjs';
import { shrink } from '../../scripts/shrink.mjs';
import { icons } from './icons.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const client = `${here}../client/dist/`;
const react = `${here}../react/dist/`;
const beside = ['engine-worker.js', 'audio-worklets.js'];

await rm(`${here}dist`, { recursive: true, force: true });
const options = {
  absWorkingDir: here,
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
  plugins: [icons],
  alias: {
    react: 'preact/compat',
    'react-dom': 'preact/compat',
    'react-dom/client': 'preact/compat/client',
    'react/jsx-runtime': 'preact/jsx-runtime',
  },
};
const { metafile } = await build({ ...options, entryPoints: ['src/index.ts', 'src/embed-page.ts'] });
// By itself, so that who only shows a frame loads nothing of the call.
await build({ ...options, entryPoints: ['src/embed.ts'] });
for (const name of beside.flatMap((script) => [script, `${script}.map`])) {
  await copyFile(client + name, `${here}dist/${name}`);
}

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' });

// The words of the components are part of the element's API: their types come along.
await mkdir(`${here}dist/strings/emoji`, { recursive: true });
for (const name of ['en.d.ts', 'partial.d.ts', 'emoji/en.d.ts'])
  await copyFile(`${react}strings/${name}`, `${here}dist/strings/${name}`);
const declarations = await readFile(`${here}dist/element.d.ts`, 'utf8');
await writeFile(`${here}dist/element.d.ts`, declarations.replace("'@confab/react'", "'./strings/partial.js'"));

// What a page loads for a call: the module, what it imports at once, and the files beside it.
const loaded = new Set(beside.map((name) => `dist/${name}`));
const follow = (name) => {
  if (loaded.has(name)) return;
  loaded.add(name);
  for (const { path, kind } of metafile.outputs[name].imports) if (kind === 'import-statement') follow(path);
};
follow('dist/index.js');
for (const name of loaded) if (!beside.includes(basename(name))) await shrink(here + name);
await budget(
  'the element with all it needs for a call',
  [...loaded].map((name) => here + name),
  120,
);
