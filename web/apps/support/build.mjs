// Bundles the scripts and styles of both pages into dist, and puts beside them what is served as it is: the pages, the pictures, and
// the element's own files, which the scripts load when a call begins.
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = `${here}dist/`;

for (const name of ['assets', 'element', 'pictures', 'index.html', 'desk.html']) {
  await rm(dist + name, { recursive: true, force: true });
}
await build({
  absWorkingDir: here,
  entryPoints: {
    shop: 'src/shop/main.ts',
    desk: 'src/desk/main.ts',
    'shop-style': 'src/styles/shop.css',
    'desk-style': 'src/styles/desk.css',
  },
  outdir: 'dist/assets',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
  plugins: [
    {
      name: 'element-of-this-site',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^@confab\/element$/ }, () => ({ path: '/element/index.js', external: true })),
    },
  ],
});
await cp(`${here}public`, dist, { recursive: true });
await cp(`${here}../../packages/element/dist`, `${dist}element`, {
  recursive: true,
  filter: (name) => !/\.(d\.ts|map)$/.test(name),
});
