import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Packages are tested from their sources, so that nothing has to be built before.
const source = (name) => fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: { alias: { '@confab/client': source('client'), '@confab/react': source('react') } },
});
