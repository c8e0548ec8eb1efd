/**
 * Preloaded into a command, kills the process once it has shown its progress `DIE_AT` times: in the
 * middle of its work, however fast the machine is. A command shows progress only on a terminal, so
 * stderr pretends to be one.
 */
import { pathToFileURL } from 'node:url';

const dieAt = Number(process.env.DIE_AT);
const isEachShown = process.env.DIE_AT_EACH === '1';

/** The environment of a command that dies after showing its progress `count` times. */
export function dyingAt(count: number): Record<string, string> {
  const preload = pathToFileURL(import.meta.filename).href;
  return { NODE_OPTIONS: `--import=${preload}`, DIE_AT: String(count) };
}

/**
 * Likewise, and each step of the progress is shown: how often does not depend on the time that they
 * take.
 */
export function dyingAtStep(count: number): Record<string, string> {
  return { ...dyingAt(count), DIE_AT_EACH: '1' };
}

/** What the command has written to stderr besides progress. */
export function withoutProgress(text: string): string {
  const lastOf = (line: string): string => line.split('\r\u001b[2K').at(-1)!; // a bar is drawn over
  return text.split('\n').map(lastOf).join('\n');
}

if (dieAt > 0) {
  const { stderr } = process;
  let shown = 0;
  stderr.isTTY = true;
  if (isEachShown) {
    // Between two looks at the clock more time passes than between two bars.
    let nowMs = 0;
    Object.assign(performance, { now: () => (nowMs += 1000) });
  }
  const write = stderr.write.bind(stderr);
  stderr.write = (text: string | Uint8Array): boolean => {
    if (/(?:Copying|Verifying|Importing) /.test(text.toString()) && ++shown === dieAt) {
      process.kill(process.pid, 'SIGKILL');
    }
    return write(text);
  };
}
