/**
 * Everything that a store answers, as JSON. It is deterministic: ids that were assigned only now
 * are numbered, and cursors are omitted, since they contain ids; the cursors in `note` are tried
 * instead.
 */
import { SkeinError, type Item, type ProjectApi, type Store, type StoreProjectApi } from 'skein';
import type { Note } from './note.ts';
import type { Rows } from './read-rows.ts';

type Answers = Readonly<Record<string, unknown>>;

export async function readAnswers(store: Store, rows: Rows, note: Note): Promise<unknown> {
  const threads: Record<string, unknown> = {};
  for (const head of rows.threads ?? []) {
    const { projectId, ownerId, id } = head as unknown as Head; // of this table
    threads[id] = await readThread(store, projectId, ownerId, id, note);
  }
  const answers = {
    threads,
    lists: await readLists(store),
    credentials: await readCredentials(store, note),
    documents: await readDocuments(store),
    cursors: await readCursors(store, note),
  };
  return withNumbers(answers, rows);
}

interface Head {
  readonly projectId: string;
  readonly ownerId: string;
  readonly id: string;
}

const projectIds = ['default', 'elsewhere'];
const userIds = ['ada', 'ben', undefined];

function caller(store: Store, projectId: string, userId: string | undefined): StoreProjectApi {
  const project = store.project(projectId);
  return userId === undefined ? project : project.as({ userId });
}

async function readThread(
  store: Store,
  projectId: string,
  ownerId: string,
  id: string,
  note: Note,
): Promise<Answers> {
  const owner = caller(store, projectId, ownerId);
  const others: Record<string, unknown> = {};
  for (const userId of userIds.filter((userId) => userId !== ownerId)) {
    const other = caller(store, projectId, userId);
    others[userId ?? 'anonymous'] = await settled(async () => ({
      thread: await other.threads.get(id),
      items: (await other.items.list(id, { limit: 1000 })).data.map(briefOf),
    }));
  }
  return {
    thread: await settled(() => owner.threads.get(id)),
    ...(await readLog(owner, id)),
    ...(await readWork(owner, id, note)),
    checkpoints: await settled(() => readCheckpoints(owner, id)),
    others,
  };
}

/** The log contains the whole item. */
function briefOf({ id, parts, visibility }: Item): unknown {
  const texts = parts.map(({ text }) => (typeof text === 'string' ? text : ''));
  return { id, visibility, text: texts.join('') };
}

async function readLog(owner: ProjectApi, id: string): Promise<Answers> {
  const list = (options: Parameters<ProjectApi['items']['list']>[1]): Promise<unknown> =>
    settled(async () =>
      (await owner.items.list(id, { limit: 1000, ...options })).data.map(briefOf),
    );
  return {
    log: await dataOf(owner.items.list(id, { view: 'log', limit: 1000 })),
    current: await list({}),
    newestFirst: await list({ order: 'desc', limit: 3 }),
    context: await list({ view: 'context' }),
    ofRun: await list({ runId: 'run-outside' }),
    ofSpan: await list({ spanId: 'span-1' }),
    underKey: await list({ view: 'log', key: 'client-key-1' }),
    edges: await dataOf(owner.edges.list(id, { limit: 1000 })),
    graph: await settled(() => owner.threads.graph(id)),
    forks: await dataOf(owner.threads.forks(id, { limit: 1000 })),
  };
}

async function readWork(owner: ProjectApi, id: string, note: Note): Promise<Answers> {
  const runs = await dataOf(owner.runs.list(id, { limit: 1000 }));
  const comparisons = await dataOf(owner.comparisons.list(id, { limit: 1000 }));
  const streamIds = [
    ...(Array.isArray(runs) ? runs.map(({ streamId }) => streamId) : []),
    ...(id === 'streams' ? ['completed', 'aborted', 'active', 'expired', 'none'] : []),
  ];
  const streams: Record<string, unknown> = {};
  for (const streamId of streamIds) {
    const open = note.openStreams.find((one) => one.threadId === id && one.streamId === streamId);
    streams[streamId] = {
      stream: await settled(() => owner.streams.get(id, streamId)),
      chunks: await settled(() => readChunks(owner, id, streamId, open?.chunks)),
    };
  }
  return {
    runs,
    streams,
    active: await settled(() => owner.streams.active(id)),
    comparisons,
    turns: await dataOf(owner.comparisons.turns(id, { limit: 1000 })),
  };
}

async function readChunks(
  owner: ProjectApi,
  threadId: string,
  streamId: string,
  max: number = Infinity,
): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const event of owner.streams.read(threadId, streamId)) {
    if (events.push(event) >= max) break;
  }
  return events;
}

async function readCheckpoints(owner: StoreProjectApi, threadId: string): Promise<unknown> {
  const page = await owner.checkpoints.list(threadId, { limit: 1000 });
  const loaded = await owner.checkpoints.load(threadId, page.data);
  const newest = await owner.checkpoints.get(threadId, { namespace: '' });
  const ancestors = newest && (await owner.checkpoints.ancestors(threadId, newest, 100));
  return {
    origin: page.origin,
    states: loaded,
    newest: newest?.id,
    ancestors: ancestors?.map(({ id }) => id),
  };
}

async function readLists(store: Store): Promise<Answers> {
  const lists: Record<string, unknown> = {};
  const options = {
    own: {},
    archived: { archived: true },
    public: { visibility: 'public' },
    tagged: { tag: 'all' },
    scoped: { scopeType: 'order', scopeId: '4711' },
  } as const;
  for (const projectId of projectIds) {
    for (const userId of userIds) {
      const who = caller(store, projectId, userId);
      for (const [name, option] of Object.entries(options)) {
        lists[`${projectId} ${userId} ${name}`] = await settled(async () =>
          (await who.threads.list({ limit: 1000, ...option })).data.map(({ id }) => id),
        );
      }
      lists[`${projectId} ${userId} leaderboard`] = await settled(() =>
        who.comparisons.leaderboard(),
      );
    }
  }
  return lists;
}

async function readCredentials(store: Store, note: Note): Promise<Answers> {
  return {
    keys: await store.keys.list(),
    secrets: await Promise.all(note.secrets.map((secret) => store.keys.verify(secret))),
    tokens: await Promise.all(note.tokens.map((token) => store.keys.verifyToken(token))),
  };
}

async function readDocuments(store: Store): Promise<Answers> {
  const all: Record<string, unknown> = {};
  for (const projectId of projectIds) {
    const documents = store.operator.documents(projectId);
    all[projectId] = {
      namespaces: await documents.listNamespaces({ limit: 1000 }),
      all: await documents.search({ prefix: [], limit: 1000 }),
      filtered: await documents.search({ prefix: ['memories'], filter: { rank: { $gte: 2 } } }),
      near: await documents.search({ prefix: ['memories'], vector: [0, 0, 1] }),
      one: await documents.get([{ namespace: ['memories', 'ada'], key: 'food' }]),
    };
  }
  return all;
}

/** What old cursors lead to: a page of items, and the events since. */
async function readCursors(store: Store, note: Note): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { threadId, page, live } of note.cursors) {
    const owner = caller(store, 'default', 'ada');
    const { version } = await owner.threads.get(threadId);
    const events: unknown[] = [];
    for await (const event of owner.threads.live(threadId, { after: live })) {
      events.push({ ...event, cursor: undefined });
      if (event.type === 'head' && event.thread.version === version) break;
    }
    found.push({ page: await dataOf(owner.items.list(threadId, { after: page })), events });
  }
  return found;
}

function dataOf<T>(
  page: Promise<{ readonly data: readonly T[] }>,
): Promise<readonly T[] | Failure> {
  return settled(async () => (await page).data);
}

interface Failure {
  readonly error: string;
}

/** A caller's result, or the code of its error. */
async function settled<T>(read: () => Promise<T>): Promise<T | Failure> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SkeinError) return { error: error.code };
    throw error;
  }
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The answers as plain JSON, with new ids replaced by numbers in order of appearance. */
function withNumbers(answers: unknown, rows: Rows): unknown {
  const known = new Set(JSON.stringify(rows).match(uuid));
  const numbers = new Map<string, string>();
  const text = JSON.stringify(answers).replaceAll(uuid, (id) => {
    if (known.has(id) || id.startsWith('1f0e0000')) return id;
    const number = numbers.get(id) ?? `new id ${numbers.size + 1}`;
    numbers.set(id, number);
    return number;
  });
  return JSON.parse(text);
}
