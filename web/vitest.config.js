import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
// Packages are tested from their sources, so that nothing has to be built before.
const sources = {
  '@confab/client': path('packages/client/src/index.ts'),
  '@confab/react': path('packages/react/src/index.ts'),
};
const oldestReact = {
  react: path('compat/react-18/node_modules/react'),
  'react-dom': path('compat/react-18/node_modules/react-dom'),
  'lucide-react': path('compat/react-18/node_modules/lucide-react'),
};

export default defineConfig({
  test: {
    projects: [
      { resolve: { alias: sources }, test: { name: 'web' } },
      {
        resolve: { alias: { ...sources, ...oldestReact } },
        test: {
          name: 'react-18',
          include: ['packages/react/**/*.test.tsx'],
        },
      },
    ],
  },
});
