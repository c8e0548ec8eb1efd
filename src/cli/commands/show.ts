import { Command, Option } from 'commander';
import type { CreateCommand } from '../create-command.ts';
import {
  addDataOptions,
  resolveDataOptions,
  wholeNumber,
  type DataOptions,
} from '../data-options.ts';
import { Transcript } from '../format/transcript.ts';
import { readPages } from '../read-pages.ts';
import { withInterrupt } from '../signals.ts';
import type { Item, ItemListOptions, LiveEvent, Thread } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject, type Backend } from '../with-project.ts';

interface ShowCommandOptions extends DataOptions {
  readonly follow?: boolean;
  readonly view: NonNullable<ItemListOptions['view']>;
  readonly limit: number;
  readonly all?: boolean;
}

const examples = `
Examples:
  skein show THREAD
  skein show THREAD --follow          and keep printing new items, until Ctrl-C
  skein show THREAD --all --view log  everything, including edited and hidden items

With --json, one item a line; with --follow, one event a line: {"type": "item", "item": …},
{"type": "change", …} or {"type": "head", …}.`;

export const showCommand: CreateCommand = (terminal) =>
  addDataOptions(new Command('show'))
    .description('read a thread')
    .argument('<thread>', 'id of the thread')
    .option('-f, --follow', 'keep printing new items, until Ctrl-C')
    .addOption(
      new Option(
        '--view <view>',
        'current: what people see; log: every row; context: what the model gets',
      )
        .choices(['current', 'log', 'context'])
        .default('current'),
    )
    .option('--limit <number>', 'how many of the newest items', wholeNumber(1, 10_000), 50)
    .option('--all', 'all items')
    .addHelpText('after', examples)
    .action(async (threadId: string, given: ShowCommandOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      await withProject(options, { mayCreate: false }, (backend) =>
        showThread(terminal, threadId, options, backend),
      );
    });

async function showThread(
  terminal: Terminal,
  threadId: string,
  options: ShowCommandOptions,
  backend: Backend,
): Promise<void> {
  const thread = await backend.project.threads.get(threadId);
  const printer = options.json ? createJsonPrinter(terminal, options) : createTextPrinter(terminal);
  await printer.head(thread);
  const read = options.all ? readAll : readNewest;
  const shown = await read(backend, threadId, options, {
    item: (item) => printer.item(item),
    older: () => sayOlder(terminal),
  });
  if (options.follow) {
    await withInterrupt((signal) =>
      follow({ terminal, threadId, options, backend, printer, shown, signal }),
    );
  }
}

/** What has been printed, and where the live tail continues. */
interface Shown {
  readonly cursor: string;
  readonly lastItemId: string;
}

interface ItemReceiver {
  readonly item: (item: Item) => Promise<void>;
  /** Called before the first item if there are older ones. */
  readonly older: () => void;
}

async function readNewest(
  { project }: Backend,
  threadId: string,
  { view, limit }: ShowCommandOptions,
  receiver: ItemReceiver,
): Promise<Shown> {
  const items: Item[] = [];
  let [cursor, hasOlder]: [string | undefined, boolean] = [undefined, false];
  const read = (page: ItemListOptions) =>
    project.items.list(threadId, { view, order: 'desc', ...page });
  for await (const page of readPages(read, { limit })) {
    cursor ??= page.cursor;
    hasOlder = page.nextCursor !== null;
    items.push(...page.data);
  }
  if (hasOlder) receiver.older();
  for (const item of items.toReversed()) await receiver.item(item);
  return { cursor: cursor!, lastItemId: '' }; // there is always a first page
}

async function readAll(
  { project }: Backend,
  threadId: string,
  { view }: ShowCommandOptions,
  receiver: ItemReceiver,
): Promise<Shown> {
  let [cursor, lastItemId]: [string | undefined, string] = [undefined, ''];
  const read = (page: ItemListOptions) => project.items.list(threadId, { view, ...page });
  for await (const page of readPages(read, { limit: Number.POSITIVE_INFINITY })) {
    // Amendments count from the first page; items of later pages are not shown twice.
    cursor ??= page.cursor;
    for (const item of page.data) {
      await receiver.item(item);
      lastItemId = item.replacesId === undefined || view === 'log' ? item.id : lastItemId;
    }
  }
  return { cursor: cursor!, lastItemId }; // there is always a first page
}

interface Following {
  readonly terminal: Terminal;
  readonly threadId: string;
  readonly options: ShowCommandOptions;
  readonly backend: Backend;
  readonly printer: Printer;
  readonly shown: Shown;
  readonly signal: AbortSignal;
}

async function follow({
  terminal,
  threadId,
  options,
  backend,
  printer,
  shown,
  signal,
}: Following): Promise<void> {
  if (!backend.isRemote) {
    terminal.err.write(
      'Only this process has the store open. To follow the writes of others, run `skein serve` first.\n',
    );
  }
  const { view } = options;
  for await (const event of backend.project.threads.live(threadId, {
    after: shown.cursor,
    view,
    signal,
  })) {
    if (event.type === 'item' && event.item.id <= shown.lastItemId) continue;
    await printer.event(event);
  }
  if (!signal.aborted)
    terminal.err.write('The thread was deleted, or you may no longer read it.\n');
}

interface Printer {
  head(thread: Thread): Promise<void>;
  item(item: Item): Promise<void>;
  event(event: LiveEvent): Promise<void>;
}

function createTextPrinter({ out, isOutTty, width, colors }: Terminal): Printer {
  const textWidth = isOutTty ? width : Number.POSITIVE_INFINITY;
  const transcript = new Transcript({ colors, textWidth, compactWidth: width });
  const print = async (lines: readonly string[]): Promise<void> => {
    for (const line of lines) await writeLine(out, line);
  };
  return {
    head: (thread) => print(transcript.headLines(thread)),
    item: (item) => print(transcript.itemLines(item)),
    async event(event) {
      if (event.type === 'item') await print(transcript.itemLines(event.item));
      if (event.type === 'change') await print(transcript.changeLines(event.change, event.item));
    },
  };
}

function createJsonPrinter(
  { out }: Terminal,
  { follow: isFollowing }: ShowCommandOptions,
): Printer {
  return {
    head: () => Promise.resolve(), // a machine gets everything from the items
    item: (item) => writeJsonLine(out, isFollowing ? { type: 'item', item } : item),
    event: (event) => writeJsonLine(out, event),
  };
}

function sayOlder({ err, errColors }: Terminal): void {
  err.write(errColors.dim('There are older items: use --all or a greater --limit.\n'));
}
