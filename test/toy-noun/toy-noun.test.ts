/**
 * A noun that only this test has, as `docs/your-first-noun.md` adds it. The store gets its list of
 * nouns with this one more, and everything that goes through all nouns finds it there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVerbs } from '../../src/client/create-verbs.ts';
import { Http } from '../../src/client/http.ts';
import { memory } from '../../src/engines/memory/memory-engine.ts';
import { OpenEngine } from '../../src/engine/open-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { put, Records } from '../../src/records/records.ts';
import { taskQueue } from '../../src/records/tables.ts';
import { createNodeHandler } from '../../src/server/create-handler.ts';
import { servedNouns } from '../../src/server/served-nouns.ts';
import { copyStoreOf } from '../../src/store/copy/copy-store.ts';
import { createStoreOf } from '../../src/store/create-store.ts';
import { doctorOf } from '../../src/store/doctor/doctor.ts';
import { allNouns, tablesOf } from '../../src/store/nouns.ts';
import type { Project, Store } from '../../src/store/store.ts';
import { enginePlaces } from '../support/store/engines-for-testing.ts';
import { until } from '../support/shared/waits-for-testing.ts';
import { codeOf, only, rowsOf, times } from '../support/store/store-kit-for-testing.ts';
import type { BookmarksApi } from './api/bookmark.ts';
import { bookmarksNoun } from './domain/bookmarks/bookmarks-noun.ts';
import { bookmarkEndpoints, bookmarkTable, bookmarkVerbs } from './api/operations/bookmarks.ts';
import { bookmarkSchemas } from './protocol/schemas/bookmarks.ts';
import { bookmarks } from './records/tables/bookmark-tables.ts';

const withToy = [...allNouns, bookmarksNoun];
type Caller = ReturnType<Project['as']> & { readonly bookmarks: BookmarksApi };

/** An open store with the toy noun. */
async function openToy(engine: Engine) {
  const store = await createStoreOf(withToy, { engine });
  const as = (userId: string) => store.project('default').as({ userId }) as Caller; // of `withToy`
  /** Resolves when all promised tasks are done. */
  const settled = (): Promise<void> =>
    until(async () => (await rowsOf(engine, taskQueue)).length === 0);
  const labels = async (userId: string, threadId: string): Promise<string[]> =>
    (await as(userId).bookmarks.list(threadId)).data.map(({ label }) => label);
  return { engine, store, ada: as('ada'), ben: as('ben'), as, settled, labels };
}

type Toy = Awaited<ReturnType<typeof openToy>>;

async function say({ ada }: Toy, ...texts: readonly string[]): Promise<[string, string[]]> {
  const { id } = only(await ada.threads.create([{ visibility: 'public', mode: 'public' }]));
  const items = await ada.items.append(
    id,
    texts.map((text) => ({ role: 'user', text })),
  );
  return [id, items.map((item) => item.id)];
}

async function* textsOf(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

/** What the doctor finds in a closed store. */
async function problemsOf(engine: Engine, repair = false): Promise<string[]> {
  const { problems } = await doctorOf(withToy, engine, { repair });
  return problems.map(({ kind, detail }) => `${kind}: ${detail}`);
}

describe.each(enginePlaces)('a noun of a test, on %s,', (_, create) => {
  test('has its verbs, and reacts when others append, redact, delete and fork', async () => {
    await using place = await create();
    const toy = await openToy(place.open());
    const { ada, ben } = toy;
    const [id, [first, second]] = await say(toy, 'one', 'two');
    const made = await ada.bookmarks.put(id, [{ itemId: first!, label: 'I' }, { itemId: second! }]);
    expect(made.map(({ label }) => label)).toEqual(['I', '']);
    await ben.bookmarks.put(id, [{ itemId: first!, label: 'mine' }]);
    expect(await toy.labels('ada', id)).toEqual(['I', '']);
    expect(await codeOf(ada.bookmarks.put(id, [{ itemId: id }]))).toBe('not_found');

    await ben.items.append(id, [{ role: 'user', text: 'three', metadata: { bookmark: true } }]);
    expect(await toy.labels('ben', id)).toEqual(['mine', '']);

    await ben.bookmarks.remove(id, [second!, first!, id]);
    expect(await toy.labels('ben', id)).toEqual(['']);
    expect(await toy.labels('ada', id)).toEqual(['I', '']); // another's stay
    await ben.bookmarks.put(id, [{ itemId: first!, label: 'mine' }]);

    const fork = only(await ben.threads.fork([{ threadId: id, atItemId: second! }]));
    await toy.settled();
    expect(await toy.labels('ben', fork.id)).toEqual(['mine']);

    await ada.items.redact(id, [first!]);
    expect(await toy.labels('ada', id)).toEqual(['', '']);
    expect(await toy.labels('ben', id)).toEqual(['', '']);

    await ada.threads.delete([id]);
    expect(await rowsOf(toy.engine, bookmarks, [id])).toEqual([]); // at once
    await toy.store.close();
  });

  test('leaves no row to a deleted thread, and labels to no redacted item', async () => {
    await using place = await create();
    const toy = await openToy(place.open());
    const [id, [itemId]] = await say(toy, 'one');
    const users = times(120, (i) => toy.as(`user ${1000 + i}`));
    for (const user of users) await user.bookmarks.put(id, [{ itemId: itemId!, label: 'L' }]);
    await toy.ada.items.redact(id, [itemId!]);
    await toy.settled();
    const labels = (await rowsOf(toy.engine, bookmarks, [id])).map(({ label }) => label);
    expect(labels).toEqual(times(120, () => ''));
    await toy.ada.threads.delete([id]);
    await toy.settled();
    expect(await rowsOf(toy.engine, bookmarks, [id])).toEqual([]);
    await toy.store.close();
  });

  test('is exported and imported with everything else', async () => {
    await using place = await create();
    const toy = await openToy(place.open());
    const [id, [itemId]] = await say(toy, 'one');
    await toy.ada.bookmarks.put(id, [{ itemId: itemId!, label: 'L' }]);
    const lines: string[] = [];
    for await (const line of toy.store.operator.exportLines()) lines.push(line);
    expect(lines.filter((line) => line.startsWith('{"table":"bookmarks"'))).toHaveLength(1);
    await toy.store.close();
    const other = await openToy(memory());
    const report = await other.store.operator.importLines(textsOf(lines));
    expect(report).toMatchObject({ threadsCreated: 1, failed: 0 });
    expect(await other.labels('ada', id)).toEqual(['L']);
    const again: string[] = [];
    for await (const line of other.store.operator.exportLines()) again.push(line);
    expect(again.slice(1)).toEqual(lines.slice(1));
    await other.store.close();
  });

  test('is copied, and examined by the doctor', async () => {
    await using place = await create();
    const toy = await openToy(place.open());
    const [id, [itemId]] = await say(toy, 'one');
    await toy.ada.bookmarks.put(id, [{ itemId: itemId!, label: 'L' }]);
    await toy.store.close();
    const target = memory();
    const report = await copyStoreOf(withToy, { from: place.open(), to: target, source: 'toy' });
    expect(report).toMatchObject({ mismatchCount: 0, rows: { bookmarks: 1 } });
    const copy = await openToy(target);
    expect(await copy.labels('ada', id)).toEqual(['L']);
    await copy.store.close();

    expect(await problemsOf(target)).toEqual([]);
    const open = await OpenEngine.open(target, tablesOf(withToy));
    const row = only(await rowsOf(target, bookmarks));
    await new Records(open).commit({ puts: [put(bookmarks, { ...row, projectId: 'other' })] });
    await open.close();
    const found = [`derived: the bookmark of ada on ${itemId} should be of the project default`];
    expect(await problemsOf(target)).toEqual(found);
    expect(await problemsOf(target, true)).toEqual(found);
    expect(await problemsOf(target)).toEqual([]);
  });
});

describe('over HTTP', () => {
  const called = { endpoints: bookmarkEndpoints, verbs: bookmarkVerbs };
  let store: Store;
  let handler: (request: Request) => Promise<Response>;

  beforeAll(async () => {
    store = await createStoreOf(withToy, { engine: memory() });
    handler = createNodeHandler(store, {}, [
      ...servedNouns,
      { noun: { ...called, table: bookmarkTable, ...bookmarkSchemas } },
    ]);
  });

  afterAll(() => store.close());

  test('it is routed, and its client calls it', async () => {
    const ada = store.project('default').as({ userId: 'ada' });
    const { id } = only(await ada.threads.create([{}]));
    const [item] = await ada.items.append(id, [{ role: 'user', text: 'one' }]);
    const http = new Http({ baseUrl: 'http://localhost', fetch: handler, userId: 'ada' });
    const client = createVerbs(http, [called]).bookmarks as unknown as BookmarksApi; // of `called`
    const made = await client.put(id, [{ itemId: item!.id, label: 'L' }]);
    expect((await client.list(id)).data).toEqual(made);
    expect(made).toMatchObject([{ threadId: id, itemId: item!.id, label: 'L' }]);
    expect(await codeOf(client.put(id, [{ itemId: 'none' }]))).toBe('invalid_request');
    expect(await codeOf(client.list('nowhere'))).toBe('not_found');
    expect(await client.put('nowhere', [])).toEqual([]);
    const path = `http://localhost/v1/threads/${id}/bookmarks/${item!.id}`;
    const headers = { 'x-user-id': 'ada' };
    const removed = await handler(new Request(path, { method: 'DELETE', headers }));
    expect([removed.status, await removed.text()]).toEqual([204, '']);
    expect((await client.list(id)).data).toEqual([]);
    await client.put(id, [{ itemId: item!.id, label: 'L' }]);
    await client.remove(id, [item!.id]);
    expect((await client.list(id)).data).toEqual([]);
    expect(await codeOf(client.remove('nowhere', [item!.id]))).toBe('not_found');
  });

  test('it stands in the OpenAPI document', async () => {
    const response = await handler(new Request('http://localhost/openapi.json'));
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    expect(Object.keys(paths['/v1/threads/{threadId}/bookmarks'] ?? {})).toEqual(['put', 'get']);
  });
});
