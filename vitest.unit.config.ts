/**
 * `npm run test:unit` and `npm run test:watch`: the tests that need nothing but this process. No
 * program is built or started, no PostgreSQL, and every store is in memory, unless `ENGINES` names
 * other engines; `npm test` runs all tests.
 */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import config, { notUnit, tests } from './vitest.config.ts';

/** They start programs: commands, browsers, other writers of a store, the build. */
const startPrograms = [
  'src/adapters/langgraph/saver/two-stores.test.ts',
  'src/cli/commands/{copy,import,serve,show}.test.ts',
  'src/cli/databases.test.ts',
  'src/cli/main.test.ts',
  'src/engines/lsm/level-directory.test.ts',
  'test/browser/**',
  'test/{examples,package}.test.ts',
  'tools/**',
];

const { projects: _projects, globalSetup: _postgres, ...options } = config.test ?? {};

const unitConfig: ViteUserConfig = defineConfig({
  ...config,
  test: {
    ...options,
    name: 'unit',
    include: tests,
    exclude: [...notUnit, ...startPrograms],
    isolate: false, // a worker for each file takes longer to start than most files to run
    env: { ENGINES: process.env.ENGINES ?? 'memory' },
  },
});

export default unitConfig;
