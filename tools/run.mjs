/**
 * Every npm script runs this: `node tools/run.mjs COMMAND ...ARGS`. It installs what is missing,
 * builds what is stale, and then becomes the command, on the project's own Node.
 *
 * It runs before anything is installed, on whatever Node the machine has (18 or newer), so it and
 * its modules are plain JavaScript without packages. It prints to standard error: standard output
 * belongs to the command.
 */
import { chdir } from 'node:process';
import { build, ensureBuilt } from './build.mjs';
import { becomeNode } from './child-process.mjs';
import { ensureInstalled, nodePath } from './install.mjs';
import { rootFolder } from './root-folder.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {object} Command
 * @property {(args: string[]) => string[]} argv The arguments of Node.
 * @property {boolean} [usesBuild] Whether it runs the code in `dist`.
 */

/** As in the first line of `src/cli/main.ts`, which says why. */
const productOptions = ['--max-semi-space-size=16'];

const vitest = 'node_modules/vitest/vitest.mjs';
const unitTests = ['--config', 'vitest.unit.config.ts'];

/** @type {Record<string, Command>} */
const commands = {
  start: {
    usesBuild: true,
    argv: (args) => [...productOptions, 'dist/cli/main.js', 'serve', ...args],
  },
  skein: { usesBuild: true, argv: (args) => [...productOptions, 'dist/cli/main.js', ...args] },
  test: { usesBuild: true, argv: (args) => [vitest, 'run', ...args] },
  'test:unit': { argv: (args) => [vitest, 'run', ...unitTests, ...args] },
  'test:watch': { argv: (args) => [vitest, 'watch', ...unitTests, ...args] },
  bench: { usesBuild: true, argv: (args) => ['bench/main.ts', ...args] },
  check: { argv: (args) => ['tools/check.ts', ...args] },
  format: { argv: (args) => ['node_modules/oxfmt/bin/oxfmt', ...(args.length > 0 ? args : ['.'])] },
};

/**
 * @param {string | undefined} name
 * @param {string[]} args
 */
async function main(name, args) {
  chdir(rootFolder);
  const command = name === undefined ? undefined : commands[name];
  if (name !== 'build' && command === undefined) {
    throw new SetupError(`Usage: node tools/run.mjs ${Object.keys(commands).join('|')}|build`, 2);
  }
  await ensureInstalled();
  if (command === undefined) return build();
  if (command.usesBuild) await ensureBuilt();
  await becomeNode(nodePath, command.argv(args));
}

try {
  await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`skein: ${error.message}`);
  process.exitCode = error.exitCode;
}
