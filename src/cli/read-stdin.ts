import type { Terminal } from './terminal.ts';
import { CliError, usageError } from './cli-error.ts';

/** More than the parts of one item can hold, so reading on would only fill the memory. */
const bytesMax = 4 * 1024 * 1024;

/**
 * All of stdin as text. On a terminal it prints how to end. Throws `CliError` if it is not UTF-8.
 */
export async function readStdin(terminal: Terminal, what: string): Promise<string> {
  if (terminal.isInTty) terminal.err.write(`Type ${what}, and end with Ctrl-D.\n`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const source = terminal.in as AsyncIterable<Uint8Array>; // without an encoding it yields bytes
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw usageError(`Stdin holds too much: at most ${bytesMax} bytes are read.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new CliError('The text on stdin is not UTF-8.', { cause: error });
  }
}
