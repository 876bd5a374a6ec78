import { resolve } from 'node:path';
import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// What may import what; tests may import anything. The laws are those of ARCHITECTURE.md, and arch_test.go holds the Go
// side to them. "type" marks what may be imported as types only, "protocol" the files on which the two sides of a
// postMessage agree.
const client = {
  wire: [],
  transport: ['wire'],
  e2ee: [],
  media: ['type e2ee'],
  engine: ['wire', 'transport', 'e2ee', 'media', 'type room'],
  room: ['type engine', 'protocol engine', 'media', 'e2ee'],
};
const layers = {
  ...Object.fromEntries(Object.entries(client).map(([name, to]) => [`client/${name}`, to.map(inClient)])),
  // The package's own entry points.
  client: Object.keys(client).map((name) => `client/${name}`),
  react: ['client'],
  element: ['client', 'react'],
  'app/meet': ['client', 'react'],
  'app/clinic': ['client', 'react'],
  'app/support': ['client', 'element'],
};

function inClient(rule) {
  return rule.replace(/\w+$/, 'client/$&');
}

function policy([from, allowed]) {
  const rules = [from, ...allowed].map((rule) => {
    const [type, condition] = rule.split(' ').reverse();
    return {
      to: { element: { type }, ...(condition === 'protocol' && { file: { categories: 'protocol' } }) },
      ...(condition === 'type' && { dependency: { kind: 'type' } }),
    };
  });
  return { from: { element: { type: from } }, allow: rules };
}

export default tseslint.config(
  { ignores: ['**/dist/', '**/gen/', '**/node_modules/'] },
  js.configs.recommended,
  tseslint.configs.strict,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/only-throw-error': 'error',
      // An index into an array is checked by the compiler (noUncheckedIndexedAccess); where it can't fail, ! says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'max-lines': ['error', 600],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    rules: { 'no-console': 'off' },
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/worklet/*.ts'],
    rules: { '@typescript-eslint/triple-slash-reference': ['error', { path: 'always' }] },
  },
  {
    files: ['packages/{react,element}/src/**', 'apps/*/src/**'],
    ...hooks.configs.flat['recommended-latest'],
    // It also reports effects that set state only after awaiting something.
    rules: { ...hooks.configs.flat['recommended-latest'].rules, 'react-hooks/set-state-in-effect': 'off' },
  },
  {
    files: ['packages/*/src/**/*.{ts,tsx}', 'apps/*/src/**/*.{ts,tsx}'],
    ignores: ['**/*.test.{ts,tsx}', '**/vectors*.ts'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { [resolve(import.meta.dirname, 'eslint-resolver.js')]: {} },
      'boundaries/files': [{ category: 'protocol', pattern: '**/engine/{protocol,calls}.ts' }],
      'boundaries/elements': [
        ...Object.keys(client).map((name) => ({ type: `client/${name}`, pattern: `packages/client/src/${name}` })),
        { type: 'client', pattern: 'packages/client/src' },
        { type: 'react', pattern: 'packages/react/src' },
        { type: 'element', pattern: 'packages/element/src' },
        { type: 'app/meet', pattern: 'apps/meet/src' },
        { type: 'app/clinic', pattern: 'apps/clinic/src' },
        { type: 'app/support', pattern: 'apps/support/src' },
      ],
    },
    rules: {
      'boundaries/dependencies': ['error', { default: 'disallow', policies: Object.entries(layers).map(policy) }],
      'boundaries/no-unknown-dependencies': 'error',
    },
  },
);
