import { Client } from 'pg';
import { postgres } from 'skein/engines/postgres';
import type { Measure } from './measure.ts';
import { startPostgres } from './postgres-server.ts';
import {
  givenColumns,
  groupsOf,
  HeadFollower,
  runAppendRounds,
  type RecordedItem,
  type RecordedRun,
} from './sql-append-rounds.ts';

/**
 * Durable appends on PostgreSQL: 64 writers, each waiting for its own append, over 1,000 threads.
 * The reference is `pg`, which writes the same rows of items and heads, with one multi-row
 * statement and one round trip for as many appends as ours had per transaction.
 */
export const postgresAppends: Measure = {
  name: 'postgres-appends',
  async run(context) {
    context.progress('starting PostgreSQL');
    await using server = await startPostgres(context.folder);
    const { url } = server;
    return await runAppendRounds(context, {
      name: 'PostgreSQL',
      driver: 'pg',
      createEngine: (place) => postgres({ url, schema: place }),
      record: (place, work) => withClient(url, place, (client) => record(client, work)),
      replay: (place, run) => withClient(url, place, (client) => replay(client, run)),
    });
  },
};

async function withClient<T>(
  url: string,
  schema: string,
  task: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(`SET search_path = "${schema}"`);
    return await task(client);
  } finally {
    await client.end();
  }
}

async function record(client: Client, work: () => Promise<void>): Promise<RecordedRun> {
  const before = await countTransactions(client);
  await work();
  const transactions = (await countTransactions(client)) - before;
  const follower = new HeadFollower();
  const text = 'SELECT * FROM items ORDER BY "threadId", id';
  const { rows } = await client.query<ItemRow>({ text, types: textOnly });
  // In the order of their times; SQL sorts texts differently.
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const items = rows.map((columns) => {
    const [part] = JSON.parse(columns.parts) as { text: string }[]; // as the load appends them
    const head = follower.next({
      ...columns,
      text: part!.text,
      position: Number(columns.position),
      commitVersion: Number(columns.commitVersion),
      createdAt: Date.parse(columns.createdAt),
    });
    return { columns, head };
  });
  return { items, transactions };
}

/** Returns values as text. */
const textOnly = { getTypeParser: () => (text: string) => text };

interface ItemRow extends Record<string, string> {
  readonly id: string;
  readonly threadId: string;
  readonly role: string;
  readonly parts: string;
  readonly position: string;
  readonly commitVersion: string;
  readonly createdAt: string;
}

/** Every transaction that writes moves the lane of its writer by one. */
async function countTransactions(client: Client): Promise<number> {
  const { rows } = await client.query('SELECT sum("sequence") AS count FROM skein_lanes');
  return Number((rows as { count: string | null }[])[0]?.count ?? 0); // the query names it
}

async function replay(client: Client, run: RecordedRun): Promise<number> {
  const columns = givenColumns(run);
  const groups = groupsOf(run).map((items) => ({ items, heads: lastHeads(items) }));
  const startMs = performance.now();
  for (const { items, heads } of groups) {
    const { rowCount } = await client.query({
      name: `write ${items.length} ${heads.length}`,
      text: statementText(columns, items.length, heads.length),
      values: [
        ...heads.flatMap(({ head }) => headValues(head)),
        ...items.flatMap((item) => columns.map((name) => item.columns[name])),
      ],
    });
    if (rowCount !== items.length) throw new Error('Not all rows were written.');
  }
  return (performance.now() - startMs) / 1000;
}

/** If a group has two items of one thread, the last one's head remains. */
function lastHeads(items: readonly RecordedItem[]): RecordedItem[] {
  return [...new Map(items.map((item) => [item.head.id, item])).values()];
}

const headTypes = [
  'text',
  'bigint',
  'bigint',
  'text',
  'text',
  'text',
  'timestamptz',
  'timestamptz',
];

function headValues(head: RecordedItem['head']): unknown[] {
  const { id, version, itemCount, lastItemId, lastPreview, lastRole, updatedAt, listedAt } = head;
  const times = [updatedAt, listedAt].map((ms) => (ms === undefined ? null : new Date(ms)));
  return [id, version, itemCount, lastItemId, lastPreview, lastRole, ...times];
}

const texts = new Map<string, string>();

function statementText(columns: readonly string[], items: number, heads: number): string {
  const shape = `${items} ${heads}`;
  let text = texts.get(shape);
  if (text === undefined) texts.set(shape, (text = makeText(columns, items, heads)));
  return text;
}

function makeText(columns: readonly string[], items: number, heads: number): string {
  let count = 0;
  const place = (type?: string): string => `$${++count}${type === undefined ? '' : `::${type}`}`;
  const list = (size: number, row: () => string[]): string =>
    Array.from({ length: size }, () => `(${row().join(', ')})`).join(', ');
  const headRows = list(heads, () => headTypes.map((type) => place(type)));
  const itemRows = list(items, () => columns.map(() => place()));
  const names = columns.map((name) => `"${name}"`).join(', ');
  return (
    'WITH moved AS (UPDATE threads t SET "version" = x.v, "itemCount" = x.c, "lastItemId" = x.l, ' +
    '"lastPreview" = x.p, "lastRole" = x.r, "previewItemId" = x.l, "updatedAt" = x.u, ' +
    `"listedAt" = coalesce(x.m, t."listedAt") FROM (VALUES ${headRows}) AS x(id, v, c, l, p, r, u, m) ` +
    'WHERE t."id" = x.id AND t."version" < x.v) ' +
    `INSERT INTO items (${names}) VALUES ${itemRows}`
  );
}
