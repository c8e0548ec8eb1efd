import { Command, Option } from 'commander';
import { SkeinError } from '../../shared/error.ts';
import { parseJsonExactly } from '../../shared/json.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import { addDataOptions, resolveDataOptions, type DataOptions } from '../data-options.ts';
import type { NewItem, Part, Role } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject } from '../with-project.ts';

interface AppendCommandOptions extends DataOptions {
  readonly role: Role;
  readonly key?: string;
  readonly parts?: boolean;
}

const examples = `
Examples:
  skein append THREAD "This is critical."
  uname -a | skein append THREAD --role assistant
  echo '[{"type": "text", "text": "Hi"}]' | skein append THREAD --parts
  skein append THREAD "Once only" --key order-17   a retry with the same key adds nothing`;

export const appendCommand: CreateCommand = (terminal) =>
  addDataOptions(new Command('append'))
    .description('append an item to a thread')
    .argument('<thread>', 'id of the thread')
    .argument('[text]', 'the text; default: read from stdin')
    .addOption(
      new Option('--role <role>', 'who speaks')
        .choices(['user', 'assistant', 'system', 'tool'])
        .default('user'),
    )
    .option('--key <key>', 'makes a retry harmless')
    .option('--parts', 'stdin is a JSON array of parts instead of text')
    .addHelpText('after', examples)
    .action(
      async (
        threadId: string,
        text: string | undefined,
        options: AppendCommandOptions,
        command: Command,
      ) => {
        await runAppend(terminal, threadId, text, resolveDataOptions(options, command));
      },
    );

async function runAppend(
  terminal: Terminal,
  threadId: string,
  text: string | undefined,
  options: AppendCommandOptions,
): Promise<void> {
  const { role, key } = options;
  const content = await readContent(terminal, text, options);
  const item: NewItem = { role, ...content, ...(key === undefined ? {} : { key }) };
  await withProject(options, { mayCreate: false }, async ({ project }) => {
    const { data, replayed } = await project.items.appendWithOutcome(threadId, [item]);
    const appended = data[0]!; // one in, one out
    if (options.json) return writeJsonLine(terminal.out, appended);
    const what = replayed ? 'Exists already, with this key:' : 'Appended';
    return writeLine(terminal.out, `${what} ${appended.id}`);
  });
}

async function readContent(
  terminal: Terminal,
  text: string | undefined,
  { parts }: AppendCommandOptions,
): Promise<Pick<NewItem, 'text' | 'parts'>> {
  if (parts) {
    if (text !== undefined)
      throw usageError('With --parts the parts come from stdin, not from the command line.');
    return { parts: parseParts(await readStdin(terminal, 'a JSON array of parts')) };
  }
  const content = text ?? (await readStdin(terminal, 'the text')).replace(/\r?\n$/, '');
  if (content === '') throw usageError('The text is empty.', 'Give it as an argument or on stdin.');
  return { text: content };
}

/** The store checks each part. */
function parseParts(json: string): Part[] {
  try {
    const value = parseJsonExactly(json);
    if (Array.isArray(value)) return value as Part[]; // the store checks the elements
  } catch (error) {
    if (!(error instanceof SkeinError)) throw error;
    throw new CliError('The text on stdin is not JSON.', { cause: error });
  }
  throw new CliError('The JSON on stdin is not an array of parts.');
}

/** More than the parts of one item can hold, so reading on would only fill the memory. */
const bytesMax = 4 * 1024 * 1024;

/**
 * All of stdin as text. On a terminal it prints how to end. Throws `CliError` if it is not UTF-8.
 */
async function readStdin(terminal: Terminal, what: string): Promise<string> {
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
