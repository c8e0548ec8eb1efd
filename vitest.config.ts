import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests that take minutes. They run after the others, one file at a time, undisturbed. */
const longTests = ['**/*.long.test.ts', '**/*crash*.test.ts'];
export const tests: string[] = [
  'src/**/*.test.ts',
  'test/**/*.test.ts',
  'tools/**/*.test.ts',
  'bench/**/*.test.ts',
];
const notOurs = ['**/node_modules/**', 'dist*/**'];

/** Not of the project `unit`. */
export const notUnit: string[] = [...notOurs, ...longTests];

/**
 * The published subpaths, resolved to their sources. A test that imports `skein/…` gets the same
 * modules as a test that imports them by path, and never an old build.
 */
const alias = Object.entries(readExports()).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return [];
  const source = target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts');
  const replacement = fileURLToPath(new URL(source, import.meta.url));
  return [{ find: new RegExp(`^skein${subpath.slice(1)}$`), replacement }];
});

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    globalSetup: ['./test/postgres-server.ts'],
    // The closing line is ours, and it comes last.
    reporters: ['default', './tools/closing-line-reporter.ts'],
    // Logs of passing tests stay visible: random runs print the seed that repeats them.
    silent: false,
    allowOnly: false,
    pool: 'forks', // native add-ons and child processes are safe there
    maxWorkers: '100%', // the default leaves one core idle, which is half of a small machine
    // A machine that has much to do is slow, not wrong: only what has hung runs into these.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: tests,
          exclude: notUnit,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['src/domain/**/*.test.ts'],
          exclude: [...notOurs, ...longTests],
          // Once more, on an engine that keeps partitions apart: see `store-kit-for-testing.ts`.
          env: { PARTITIONS: 'apart', ENGINES: 'apart' },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: longTests,
          exclude: notOurs,
          testTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

export default config;

function readExports(): Record<string, string | { readonly default: string }> {
  const text = readFileSync(new URL('package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { exports: ReturnType<typeof readExports> }).exports; // our own file
}
