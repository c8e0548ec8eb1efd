import { type JsonlLine, jsonlFormat } from '../importing/jsonl.ts';
import { readPages } from '../read-pages.ts';
import type { Item, ProjectApi, Thread } from '../store-types.ts';

/** Small pages: an item may hold a megabyte. */
const itemsPerPage = 100;
/** Far more passes than a store that is written to during an export has ever needed. */
const passesMax = 100;
/** Lists are sorted by the second. */
const secondsMs = 2000;

/**
 * A thread as it is at one moment: items appended later are left out. See `docs/formats/jsonl.md`.
 */
export async function* exportThread(
  project: ProjectApi,
  threadId: string,
): AsyncGenerator<JsonlLine, void, undefined> {
  const thread = await project.threads.get(threadId);
  yield { type: 'thread', format: jsonlFormat, thread };
  const counts = { items: 0, edges: 0 };
  for await (const item of readLog(project, thread)) {
    counts.items++;
    yield { type: 'item', item };
  }
  const lastItemId = thread.lastItemId ?? '';
  const edges = readPages((page) => project.edges.list(threadId, page), {
    limit: Number.POSITIVE_INFINITY,
  });
  for await (const page of edges) {
    for (const edge of page.data) {
      if (edge.fromItemId > lastItemId || edge.toItemId > lastItemId) continue;
      counts.edges++;
      yield { type: 'edge', edge };
    }
  }
  yield { type: 'end', ...counts };
}

async function* readLog(
  project: ProjectApi,
  thread: Thread,
): AsyncGenerator<Item, void, undefined> {
  const { id, lastItemId } = thread;
  if (lastItemId === null) return;
  const read = (page: { limit: number; after?: string }) =>
    project.items.list(id, { ...page, view: 'log', limit: Math.min(page.limit, itemsPerPage) });
  for await (const page of readPages(read, { limit: Number.POSITIVE_INFINITY })) {
    for (const item of page.data) {
      if (item.id > lastItemId) return;
      yield item;
    }
  }
}

/**
 * The ids of all threads of the caller, archived ones included, each once. A thread written to
 * meanwhile moves to the front of its list, behind our reading position. So recent threads are read
 * again until a pass finds nothing new.
 */
export async function* ownThreadIds(project: ProjectApi): AsyncGenerator<string, void, undefined> {
  const since = await startTime(project);
  const seen = new Set<string>();
  for (let pass = 1; pass <= passesMax; pass++) {
    let found = 0;
    for await (const { id } of threadsSince(project, pass === 1 ? '' : since)) {
      if (seen.has(id)) continue;
      seen.add(id);
      found++;
      yield id;
    }
    if (found === 0) return;
  }
}

/** A time by the store's clock, before any thread moves from now on. */
async function startTime(project: ProjectApi): Promise<string> {
  const [newest] = (await project.threads.list({ limit: 1 })).data;
  return newest === undefined
    ? ''
    : new Date(Date.parse(newest.updatedAt) - secondsMs).toISOString();
}

/**
 * First the threads that are not archived, then the archived ones, the most recent first in each.
 */
async function* threadsSince(
  project: ProjectApi,
  since: string,
): AsyncGenerator<Thread, void, undefined> {
  for (const archived of [false, true]) {
    yield* listSince(project, archived, since);
  }
}

async function* listSince(
  project: ProjectApi,
  archived: boolean,
  since: string,
): AsyncGenerator<Thread, void, undefined> {
  const read = (page: { limit: number; after?: string }) =>
    project.threads.list({ ...page, archived });
  for await (const page of readPages(read, { limit: Number.POSITIVE_INFINITY })) {
    for (const thread of page.data) {
      if (thread.updatedAt < since) return;
      yield thread;
    }
  }
}
