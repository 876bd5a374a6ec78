// Bundles the package and writes its declarations.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/index.ts'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  target: 'es2022',
  jsx: 'automatic',
  sourcemap: true,
  packages: 'external',
});
await build({
  entryPoints: { styles: 'src/styles/index.css' },
  outdir: 'dist',
  bundle: true,
  minify: true,
  target: 'es2022',
});
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
// TypeScript asks for the types of whatever is imported.
writeFileSync('dist/styles.css.d.ts', 'export {};\n');
