import {
  SkeinError,
  type Item,
  type Page,
  type ProjectApi,
  type Thread,
} from '../../../src/store/index.ts';
import { someTurns } from '../shared/turns-for-testing.ts';
import { isRepeatable, type KnownThread, type Ledger, type SentItem } from './ledger.ts';
import { tagsForTesting } from './traffic.ts';

/**
 * Compares a store with what its clients know, and settles what they could not know. Every
 * disagreement becomes a problem in the ledger.
 */
export async function audit(project: ProjectApi, ledger: Ledger): Promise<void> {
  for (const thread of ledger.threads.values()) {
    const head = await findThread(project, thread.id);
    settleThread(ledger, thread, head);
    if (head !== undefined) await auditThread(project, ledger, thread, head);
    await someTurns(1);
  }
  await auditLists(project, ledger);
}

/**
 * Sends again what was never answered: it must be stored once, whether or not the first request got
 * through.
 */
export async function retryUnanswered(project: ProjectApi, ledger: Ledger): Promise<void> {
  for (const { thread, item } of ledger.unansweredKeyed()) {
    const { text, key, replaces } = item;
    const again = {
      role: 'user',
      text,
      key: key!,
      ...(replaces && { replacesId: replaces.id! }),
    } as const;
    const { data } = await project.items.appendWithOutcome(thread.id, [again]);
    ledger.acknowledge(thread, [item], [data[0]!.id]);
  }
}

async function findThread(project: ProjectApi, id: string): Promise<Thread | undefined> {
  try {
    return await project.threads.get(id);
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'not_found') return undefined;
    throw error;
  }
}

function settleThread(ledger: Ledger, thread: KnownThread, head: Thread | undefined): void {
  const { id, creation, deletion } = thread;
  if (head === undefined) {
    if (creation === 'asked') ledger.threads.delete(id);
    else if (deletion === 'none') ledger.problems.push(`${id} is lost`);
    else thread.deletion = 'done';
    return;
  }
  if (deletion === 'done') ledger.problems.push(`${id} was deleted but still exists`);
  thread.creation = 'done';
  thread.deletion = 'none';
  const [tag] = head.tags;
  if (head.tags.length !== 1 || !thread.tags.includes(tag!)) {
    ledger.problems.push(`${id} has the tags ${head.tags.join()}, not ${thread.tags.join(' or ')}`);
  }
  thread.tags = [tag!];
}

async function auditThread(
  project: ProjectApi,
  ledger: Ledger,
  thread: KnownThread,
  head: Thread,
): Promise<void> {
  const log = await all((after) =>
    project.items.list(thread.id, { view: 'log', limit: 1000, ...after }),
  );
  auditLog(ledger, thread, log);
  const { data } = await project.items.list(thread.id, { order: 'desc', limit: 100 });
  const preview = textOf(data.find(({ redactedAt }) => redactedAt === undefined))
    .slice(0, 100)
    .trim();
  const expected = [log.length, log.at(-1)?.id ?? null, preview].join(' ');
  const found = [head.itemCount, head.lastItemId, head.lastPreview].join(' ');
  if (found !== expected) {
    ledger.problems.push(`${thread.id} has the head ${found}, not ${expected}`);
  }
}

function auditLog(ledger: Ledger, thread: KnownThread, log: readonly Item[]): void {
  const seen = new Set<SentItem>();
  const find = finderOf(thread);
  let before = '';
  for (const row of log) {
    const where = `${thread.id}: item ${row.id}`;
    if (row.id <= before) ledger.problems.push(`${where} is not after ${before}`);
    before = row.id;
    const sent = find(row, seen);
    if (sent === undefined) ledger.problems.push(`${where} was never sent`);
    else if (seen.has(sent))
      ledger.problems.push(`${where} is stored twice: ${sent.text.slice(0, 40)}`);
    else checkItem(ledger, where, sent, row);
    if (sent !== undefined) seen.add(sent);
  }
  for (const item of thread.items) {
    if (item.id !== undefined && !seen.has(item)) {
      ledger.problems.push(`${thread.id}: item ${item.id} is lost: ${item.text.slice(0, 40)}`);
    }
  }
  // Forget items that have neither arrived nor can be sent again: they can no longer appear.
  thread.items = thread.items.filter((item) => seen.has(item) || isRepeatable(item));
  thread.newestId = before;
}

function finderOf(thread: KnownThread): (row: Item, seen: Set<SentItem>) => SentItem | undefined {
  const index = (of: (item: SentItem) => string | undefined): Map<string | undefined, SentItem> =>
    new Map(thread.items.map((item) => [of(item), item]));
  const [byId, byKey, byText] = [
    index(({ id }) => id),
    index(({ key }) => key),
    index(({ text }) => text),
  ];
  return (row, seen) => {
    const named = byId.get(row.id) ?? (row.key === undefined ? undefined : byKey.get(row.key));
    if (named !== undefined || row.redactedAt === undefined)
      return named ?? byText.get(textOf(row));
    // A revision that was redacted before its client learned of it leaves only its place.
    return thread.items.find(
      (item) => item.id === undefined && item.replaces?.id === row.replacesId && !seen.has(item),
    );
  };
}

/** Compares one row with what was sent; from now on it must not change. */
function checkItem(ledger: Ledger, where: string, sent: SentItem, row: Item): void {
  if (sent.id !== undefined && sent.id !== row.id) ledger.problems.push(`${where} was ${sent.id}`);
  if (sent.key !== row.key)
    ledger.problems.push(`${where} has the key ${row.key}, not ${sent.key}`);
  if (sent.replaces?.id !== row.replacesId)
    ledger.problems.push(`${where} replaces ${row.replacesId}`);
  const isRedacted = row.redactedAt !== undefined;
  if (isRedacted && sent.redaction === 'none') ledger.problems.push(`${where} is redacted`);
  if (!isRedacted && sent.redaction === 'done') ledger.problems.push(`${where} is not redacted`);
  const text = isRedacted ? '' : sent.text;
  if (textOf(row) !== text) ledger.problems.push(`${where} reads ${textOf(row).slice(0, 80)}`);
  sent.id = row.id;
  sent.redaction = isRedacted ? 'done' : 'none';
}

/** Every thread is listed once for its owner and once under its tag, and nothing else is. */
async function auditLists(project: ProjectApi, ledger: Ledger): Promise<void> {
  const known = ledger.usable();
  for (const tag of [undefined, ...tagsForTesting]) {
    const listed = await all((after) =>
      project.threads.list({ limit: 1000, ...(tag !== undefined && { tag }), ...after }),
    );
    const expected = known.filter(({ tags }) => tag === undefined || tags[0] === tag);
    const [found, wanted] = [listed, expected].map((list) =>
      list
        .map(({ id }) => id)
        .toSorted()
        .join(),
    );
    if (found !== wanted)
      ledger.problems.push(`The list ${tag ?? 'of all'} has ${found}, not ${wanted}`);
  }
}

async function all<T>(read: (after: { after?: string }) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await read(after === undefined ? {} : { after });
    rows.push(...page.data);
    after = page.nextCursor;
  }
  return rows;
}

function textOf(item: Item | undefined): string {
  const text = item?.parts[0]?.text;
  return typeof text === 'string' ? text : '';
}
