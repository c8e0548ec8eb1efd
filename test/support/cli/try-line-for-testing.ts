import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs the line that a server prints to try, and returns the JSON of its answer. */
export async function tryLineForTesting(
  out: string,
  env: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const [, line = ''] = /^Try: (.*)$/m.exec(out) ?? [];
  const { stdout } = await promisify(execFile)('bash', ['-c', line], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}
