import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliKitForTesting } from '../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

describe('exit codes', () => {
  test('0 for what was asked for', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(await kit.run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(await kit.run(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('skein serve'),
      err: '',
    });
  });

  test.each([
    'serve',
    'import',
    'export',
    'threads',
    'show',
    'append',
    'keys',
    'doctor',
    'copy',
    'migrate',
    'bench',
  ])('skein %s --help explains itself, with examples', async (name) => {
    const { code, out } = await kit.run([name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: skein \S+/);
    expect(out).toContain('Example');
  });

  test.each<[string[], RegExp]>([
    [[], /Usage: skein/],
    [['nonsense'], /unknown command/],
    [['threads', '--nonsense'], /unknown option/],
    [['show'], /missing required argument/],
    [['threads', '--limit', '0'], /whole number/],
    [['threads', '--scope', 'ticket'], /not a scope/],
    [['import', 'x', '--format', 'xml'], /Allowed choices/],
    [['threads', '--data', 'a', '--url', 'http://b'], /both name a store/],
    [['threads', '--url', 'ftp://b'], /not the address of a server/],
    [['threads', '--url', 'http://127.0.0.1:1', '--project', 'p'], /--token/],
    [['threads', '--database', 'sqlite:'], /file of the database is missing/],
    [['threads', '--database', 'postgres://u:hush@h'], /names no database/],
    [['threads', '--database', 'postgres:///d'], /names no host/],
    [['threads', '--database', 'postgres://u:hush@h:port/d'], /malformed/],
    [['threads', '--database', 'postgres://admin:12/34hush@h/d'], /malformed/],
    [['threads', '--database', 'sqlite: :memory:'], /file of the database is missing/],
    [['threads', '--database', 'postgress://u:hush@h/d'], /"postgress:" is not a kind of database/],
    [['threads', '--database', 'x'], /not the address of a database/],
    [['serve', '--port', '70000'], /whole number/],
    [['append', 't', 'text', '--role', 'king'], /Allowed choices/],
    [['keys', 'nonsense'], /unknown command/],
  ])('2 for wrong usage: %j', async (args, message) => {
    const { code, err } = await kit.run(args);
    expect(err).toMatch(message);
    expect(err).not.toContain('hush');
    expect(code).toBe(2);
  });

  test.each<[string[], RegExp]>([
    [['threads'], /There is no store in .*\n.*skein import/],
    [['show', 't'], /There is no store/],
    [['doctor'], /There is no store/],
    [['import', 'missing.jsonl'], /There is no file missing.jsonl/],
    [['threads', '--url', 'http://127.0.0.1:1'], /cannot be reached/],
  ])('1 for what fails: %j', async (args, message) => {
    const { code, err } = await kit.run(args);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });

  test('a command that only reads makes no store', async () => {
    await kit.run(['threads']);
    await kit.run(['import', 'missing.jsonl']);
    expect((await kit.run(['threads'])).err).toContain('There is no store');
  });
});

test('the processes say the same', async () => {
  const failing = kit.start(['threads']);
  const wrong = kit.start(['nonsense']);
  const fine = kit.start(['--version']);
  expect(await Promise.all([failing.exit(), wrong.exit(), fine.exit()])).toEqual([1, 2, 0]);
});

test('DEBUG=1 shows the stack', async () => {
  const failing = kit.start(['show', 't', '--url', 'http://127.0.0.1:1'], { DEBUG: '1' });
  expect(await failing.exit()).toBe(1);
  expect(failing.err).toMatch(/\n\s+at .*\n[^]*caused by/);
});

test('a reader that has seen enough ends a long output without an error', async () => {
  const dialogues = Array.from({ length: 400 }, (_, i) =>
    JSON.stringify({ id: `d${i}`, scenario: 'x'.repeat(500), utterances: [] }),
  );
  const file = await kit.writeFile('d.jsonl', dialogues.join('\n'));
  expect((await kit.run(['import', file, '--format', 'dialogues'])).code).toBe(0);
  const mainPath = fileURLToPath(new URL('main.ts', import.meta.url));
  const script = `"$0" "$1" threads --all --json --data "$2" | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', [
    '-c',
    script,
    process.execPath,
    mainPath,
    kit.data,
  ]);
  expect(stdout.trim().split('\n')).toEqual([expect.stringContaining('"id"'), '0']);
  expect(stderr).toBe('');
});
