/**
 * `npm run test:unit` and `npm run test:watch`: the tests that need nothing but this process. No
 * program is built or started, no PostgreSQL, and every store is in memory, unless `ENGINES` names
 * other engines; `npm test` runs all tests.
 */
import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { isTestCode } from './test/rules/layers.ts';
import { projectFiles } from './test/rules/project-files.ts';
import { testsThatStartPrograms } from './test/rules/transitive-imports.ts';
import config, { notUnit, tests } from './vitest.config.ts';

/** Commands, browsers, other writers of a store, the build. No file of the product starts any. */
const startPrograms = testsThatStartPrograms(
  projectFiles('src', 'test', 'tools', 'bench').filter(
    ({ path }) => isTestCode(path) || !path.startsWith('src/'),
  ),
);

const { projects: _projects, globalSetup: _postgres, ...options } = config.test ?? {};

const unitConfig: ViteUserConfig = defineConfig({
  ...config,
  test: {
    ...options,
    name: 'unit',
    include: tests,
    exclude: [...notUnit, ...startPrograms],
    // Some tests wait for timers: meanwhile another worker has the core.
    maxWorkers: availableParallelism() + 1,
    isolate: false, // a worker for each file takes longer to start than most files to run
    env: { ENGINES: process.env.ENGINES ?? 'memory' },
  },
});

export default unitConfig;
