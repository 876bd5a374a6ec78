// Puts what other sites embed beside the built site, the element's files, which keep their names; and weighs the site.
import { cp, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { budget } from '../../scripts/budget.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
await cp(`${here}../../packages/element/dist`, `${here}dist/element`, {
  recursive: true,
  filter: (name) => !/\.(d\.ts|map)$/.test(name),
});

const page = await readFile(`${here}dist/index.html`, 'utf8');
const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => `${here}dist/${path}`);
await budget('the first load of the meeting site, before a call begins', scripts, 150);
