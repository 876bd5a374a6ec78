// Bundles the package into dist: the page's module, and beside it the worker and the audio worklets, which the module finds
// by `new URL('./name.js', import.meta.url)`. Vite and webpack know that expression; without a bundler it is a plain address.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { budget } from '../../scripts/budget.mjs';
import { shrink } from '../../scripts/shrink.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const options = {
  absWorkingDir: here,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
};

await rm(`${here}dist`, { recursive: true, force: true });
await build({
  ...options,
  entryPoints: {
    index: 'src/index.ts',
    'engine-worker': 'src/engine/worker.ts',
    'audio-worklets': 'src/media/worklet/index.ts',
  },
  outdir: 'dist',
  sourcemap: 'linked',
  legalComments: 'eof',
});
// Applications bundle the module and shrink it; the worker they take as it is.
await shrink(`${here}dist/engine-worker.js`);

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' });

const core = `
  import { linkKeys, Room } from './dist/index.js';

  const room = new Room({ keys: linkKeys(location.href) });
  room.on('trackSubscribed', ({ track }) => track.attach(document.querySelector('canvas')));
  await room.connect(location.href, '');
  await room.localParticipant.setCameraEnabled(true);
`;
const scratch = await mkdtemp(join(tmpdir(), 'confab-core-'));
const outfile = join(scratch, 'core.js');
await build({ ...options, stdin: { contents: core, resolveDir: here }, outfile });
await budget('the core, which is a page that joins, subscribes and publishes', [outfile], 60);
await rm(scratch, { recursive: true });
await budget('its worker and worklets', [`${here}dist/engine-worker.js`, `${here}dist/audio-worklets.js`], 80);
