import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const icon = fileURLToPath(new URL('src/icon.ts', import.meta.url));

/**
 * Bundles of lucide-react's icons what is drawn, for the element's own component: not their names, nor React's keys, nor the same
 * notice with each.
 */
export const icons = {
  name: 'icons',
  setup(build) {
    build.onResolve({ filter: /\/createLucideIcon\.mjs$/ }, () => ({ path: icon }));
    build.onLoad({ filter: /\/lucide-react\/dist\/esm\/(lucide-react|icons\/.*)\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const drawn = source
        .replace(/\/\*\*[^]*?\*\//, '')
        .replace(/,?\s*key: "\w+"/g, '')
        .replace(/name: "[\w-]+",\s*size: 24,/, '')
        .replace(/aliases: \[[^\]]*\],?/, '');
      return { contents: drawn, loader: 'js' };
    });
  },
};
