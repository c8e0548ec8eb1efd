import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootFolder } from './root-folder.mjs';

/** A checkout of a very small product: these tools, this project's dependencies, one command. */
let folder: string;

const command = `
const [first, second]: string[] = process.argv.slice(2);
if (first === 'exit') process.exit(Number(second));
else if (first === 'wait') {
  process.once('SIGTERM', () => process.exit(42));
  setInterval(() => {}, 1000);
  console.log('ready');
} else console.log(JSON.stringify(process.argv.slice(2)));
`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-'));
  const copied = [
    'tools',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  for (const name of copied)
    await cp(join(rootFolder, name), join(folder, name), { recursive: true });
  await symlink(join(rootFolder, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'src/cli'), { recursive: true });
  await writeFile(join(folder, 'src/cli/main.ts'), command);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: readonly string[]): ChildProcess & { readonly result: Promise<Result> } {
  const child = spawn(process.execPath, [join(folder, 'tools/run.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const result = once(child, 'close').then(([exitCode]: (number | null)[]) => ({
    exitCode: exitCode ?? null,
    stdout,
    stderr,
  }));
  return Object.assign(child, { result });
}

const run = (...args: readonly string[]): Promise<Result> => start(...args).result;

test('builds once, and then says nothing that is not the command’s own', async () => {
  const first = await run('skein', 'a b', '--json');
  expect(first).toEqual({
    exitCode: 0,
    stdout: '["a b","--json"]\n',
    stderr: 'skein: building …\n',
  });
  expect((await stat(join(folder, 'dist/cli/main.js'))).mode & 0o111).toBe(0o111);
  const second = await run('skein', '$HOME');
  expect(second).toEqual({ exitCode: 0, stdout: '["$HOME"]\n', stderr: '' });
});

test('passes the exit code and signals through', async () => {
  expect((await run('skein', 'exit', '5')).exitCode).toBe(5);
  const child = start('skein', 'wait');
  await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  expect((await child.result).exitCode).toBe(42);
});

test('builds again after a change, without the outputs of sources that are gone', async () => {
  await writeFile(join(folder, 'src/extra.ts'), 'export const extra = 1;\n');
  await run('build');
  expect(await readdir(join(folder, 'dist'))).toContain('extra.js');
  await rm(join(folder, 'src/extra.ts'));
  expect((await run('skein')).stderr).toBe('skein: building …\n');
  expect(await readdir(join(folder, 'dist'))).not.toContain('extra.js');
});

test('a build that fails says why, runs nothing and keeps what was built', async () => {
  await run('build');
  const before = await readFile(join(folder, 'dist/cli/main.js'), 'utf8');
  await writeFile(join(folder, 'src/wrong.ts'), 'export const wrong: number = "text";\n');
  const { exitCode, stdout, stderr } = await run('skein');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('src/wrong.ts(1,14)');
  expect(stderr).toContain('The build failed with exit code');
  expect(await readFile(join(folder, 'dist/cli/main.js'), 'utf8')).toBe(before);
});

test('several at once wait for one build, and a lock that a crash left behind holds up no process', async () => {
  const lock = join(folder, '.cache/setup.lock');
  await mkdir(lock, { recursive: true });
  await writeFile(join(lock, 'owner'), `${await pidOfNoProcess()} ${hostname()}`);
  const results = await Promise.all(['1', '2', '3', '4'].map((name) => run('skein', name)));
  expect(results.map(({ stdout }) => stdout)).toEqual(['["1"]\n', '["2"]\n', '["3"]\n', '["4"]\n']);
  expect(results.filter(({ stderr }) => stderr.includes('building'))).toHaveLength(1);
  expect(await readdir(join(folder, '.cache'))).toEqual([]);
});

async function pidOfNoProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  return child.pid!;
}

test('an unknown command is wrong usage', async () => {
  const { exitCode, stderr } = await run('sing');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Usage:');
});
