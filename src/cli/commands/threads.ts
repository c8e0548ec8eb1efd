import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import type { CreateCommand } from '../create-command.ts';
import {
  addDataOptions,
  resolveDataOptions,
  wholeNumber,
  type DataOptions,
} from '../data-options.ts';
import { formatCount, formatTime } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { formatTable, type TableColumn } from '../format/table.ts';
import { readPages } from '../read-pages.ts';
import type { Thread, ThreadListOptions } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject, type Backend } from '../with-project.ts';

interface ThreadsCommandOptions extends DataOptions {
  readonly scope?: string;
  readonly tag?: string;
  readonly archived?: boolean;
  readonly public?: boolean;
  readonly created?: boolean;
  readonly participating?: boolean;
  readonly limit: number;
  readonly after?: string;
  readonly all?: boolean;
}

const examples = `
Examples:
  skein threads --limit 10
  skein threads --scope ticket/T-101
  skein threads --all --json | jq -r .id`;

export const threadsCommand: CreateCommand = (terminal) =>
  addDataOptions(new Command('threads'))
    .description('list threads, most recent first')
    .option('--scope <type/id>', 'only threads of this scope')
    .option('--tag <tag>', 'only threads with this tag')
    .option('--archived', 'archived threads instead of the others')
    .option('--public', 'the public threads of all users')
    .option('--participating', 'every thread that you own or take part in')
    .option('--created', 'in the order of creation, the newest first')
    .option('--limit <number>', 'how many', wholeNumber(1, 1_000_000), 50)
    .option('--after <cursor>', 'continue after the cursor that a previous list printed')
    .option('--all', 'every thread, without a limit')
    .addHelpText('after', examples)
    .action(async (given: ThreadsCommandOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      const selection = selectionOf(options);
      await withProject(options, { mayCreate: false }, (backend) =>
        listThreads(terminal, options, selection, backend),
      );
    });

function selectionOf({
  scope,
  tag,
  archived,
  public: isPublic,
  created,
  participating,
  after,
}: ThreadsCommandOptions): ThreadListOptions {
  return {
    ...(scope === undefined ? {} : scopeOf(scope)),
    ...(tag === undefined ? {} : { tag }),
    ...(archived ? { archived } : {}),
    ...(isPublic ? { visibility: 'public' } : {}),
    ...(created ? { order: 'created' } : {}),
    ...(participating ? { participating } : {}),
    ...(after === undefined ? {} : { after }),
  };
}

function scopeOf(scope: string): { scopeType: string; scopeId: string } {
  const slash = scope.indexOf('/');
  if (slash < 1 || slash === scope.length - 1) {
    throw usageError(
      `${JSON.stringify(scope)} is not a scope.`,
      'Write it as TYPE/ID, such as ticket/T-101.',
    );
  }
  return { scopeType: scope.slice(0, slash), scopeId: scope.slice(slash + 1) };
}

/** The most rows of one table: enough for aligned columns, few enough to hold. */
const tableRowsMax = 1000;

async function listThreads(
  terminal: Terminal,
  options: ThreadsCommandOptions,
  selection: ThreadListOptions,
  { project }: Backend,
): Promise<void> {
  const limit = options.all ? Number.POSITIVE_INFINITY : options.limit;
  const pages = readPages((page) => project.threads.list({ ...selection, ...page }), { limit });
  let [shown, nextCursor]: [number, string | null] = [0, null];
  let rows: Thread[] = [];
  for await (const page of pages) {
    for (const thread of page.data) {
      if (options.json) await writeJsonLine(terminal.out, thread);
      else rows.push(thread);
    }
    shown += page.data.length;
    nextCursor = page.nextCursor;
    if (rows.length < tableRowsMax) continue;
    await printTable(terminal, rows);
    rows = [];
  }
  if (rows.length > 0) await printTable(terminal, rows);
  sayWhatElse(terminal, shown, nextCursor);
}

const columns: readonly TableColumn[] = [
  { title: 'TITLE', widthMin: 16 },
  { title: 'ID' },
  { title: 'ITEMS', align: 'right' },
  { title: 'UPDATED' },
  { title: 'LAST', widthMin: 12 },
];

async function printTable(
  { out, width, colors }: Terminal,
  threads: readonly Thread[],
): Promise<void> {
  const [header = '', ...lines] = formatTable(columns, threads.map(cellsOf), width);
  await writeLine(out, colors.bold(header));
  for (const line of lines) await writeLine(out, line);
}

function cellsOf({ title, id, itemCount, updatedAt, lastPreview }: Thread): string[] {
  return [
    safeLine(title),
    id,
    formatCount(itemCount),
    formatTime(updatedAt),
    safeLine(lastPreview),
  ];
}

function sayWhatElse({ err, errColors }: Terminal, shown: number, nextCursor: string | null): void {
  if (shown === 0 && nextCursor === null) err.write('No threads.\n');
  if (nextCursor !== null) {
    err.write(
      errColors.dim(
        `${formatCount(shown)} shown; there are more: use --all, --limit or --after ${nextCursor}\n`,
      ),
    );
  }
}
