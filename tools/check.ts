/**
 * `npm run check`: all checks that need no running product, each with its name, time and result.
 * All of them run, even if one fails. `npm run check -- lint types` runs some.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { styleText } from 'node:util';

/** By name of the check: the arguments of each Node program that must succeed. */
const checks: Readonly<Record<string, readonly (readonly string[])[]>> = {
  format: [['node_modules/oxfmt/bin/oxfmt', '--check', '.']],
  lint: [['node_modules/oxlint/bin/oxlint', '.']],
  types: [typesOf('.', 'project'), typesOf('tools', 'tools')],
  layers: [architectureTest('layers')],
  exports: [architectureTest('exports')],
  tidy: [architectureTest('tidy')],
  client: [['tools/client-size.ts']],
};

/** What the compiler remembers stays in the modules' cache, so that only changes are checked. */
function typesOf(folder: string, name: string): string[] {
  const memory = `node_modules/.cache/types-${name}.json`;
  const remembering = ['--incremental', '--tsBuildInfoFile', memory];
  return ['node_modules/typescript/bin/tsc', '-p', `${folder}/tsconfig.json`, ...remembering];
}

/** With the plain reporter: only `npm test` prints the closing line `tests: …`. */
function architectureTest(name: string): string[] {
  return ['node_modules/vitest/vitest.mjs', 'run', `test/${name}.test.ts`, '--reporter=minimal'];
}

interface Outcome {
  readonly name: string;
  readonly isPassed: boolean;
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => checks[name] === undefined);
  if (unknown.length > 0) {
    console.error(`No check ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const outcomes: Outcome[] = [];
  for (const name of names.length > 0 ? names : Object.keys(checks))
    outcomes.push(await check(name));
  const failed = outcomes.filter((outcome) => !outcome.isPassed).map(({ name }) => name);
  const sum = `check: ${outcomes.length - failed.length} passed, ${failed.length} failed`;
  console.log(failed.length > 0 ? `${sum} (${failed.join(', ')})` : sum);
  if (failed.length > 0) process.exitCode = 1;
}

async function check(name: string): Promise<Outcome> {
  const startMs = performance.now();
  const outputs: string[] = [];
  let isPassed = true;
  for (const args of checks[name] ?? []) {
    const { exitCode, output } = await runNode(args);
    if (exitCode === 0) continue;
    isPassed = false;
    outputs.push(output);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(5);
  const verdict = isPassed ? styleText('green', 'passed') : styleText('red', 'FAILED');
  console.log(`${name.padEnd(8)}${verdict} ${seconds} s`);
  for (const output of outputs) console.log(`\n${output.trimEnd()}\n`);
  return { name, isPassed };
}

function runNode(args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}

await main(process.argv.slice(2));
