// Puts what other sites embed beside the built site: the element's files, which keep their names.
import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
await cp(`${here}../../packages/element/dist`, `${here}dist/element`, {
  recursive: true,
  filter: (name) => !/\.(d\.ts|map)$/.test(name),
});
