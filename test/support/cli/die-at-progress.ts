/**
 * Preloaded into a command, it kills the process when that has shown its progress so often
 * (`DIE_AT`): in the middle of its work, however fast the machine is. Progress is shown to a
 * terminal, which stderr plays here.
 */
import { pathToFileURL } from 'node:url';

const dieAt = Number(process.env.DIE_AT);

/** The environment of a command that dies when it has shown its progress `count` times. */
export function dyingAt(count: number): Record<string, string> {
  const preload = pathToFileURL(import.meta.filename).href;
  return { NODE_OPTIONS: `--import=${preload}`, DIE_AT: String(count) };
}

/** What else the command has written to stderr. */
export function withoutProgress(text: string): string {
  const lastOf = (line: string): string => line.split('\r\u001b[2K').at(-1)!; // a bar is drawn over
  return text.split('\n').map(lastOf).join('\n');
}

if (dieAt > 0) {
  const { stderr } = process;
  let shown = 0;
  stderr.isTTY = true;
  const write = stderr.write.bind(stderr);
  stderr.write = (text: string | Uint8Array): boolean => {
    if (/(?:Copying|Verifying|Importing) /.test(text.toString()) && ++shown === dieAt) {
      process.kill(process.pid, 'SIGKILL');
    }
    return write(text);
  };
}
