import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  networkError,
  serveInMemory,
  textOf,
  type ServedStore,
} from '../../test/support/client/served-store-for-testing.ts';
import {
  createThreadObserver,
  type ThreadObserver,
  type ThreadObserverOptions,
} from './thread-observer.ts';
import { until } from '../../test/support/shared/waits-for-testing.ts';

let served: ServedStore;
const unsubscribes: (() => void)[] = [];

beforeEach(async () => {
  served = await serveInMemory({ liveRetryMs: 1 });
  await served.project.threads.create([{ id: 't' }]);
});

afterEach(async () => {
  for (const unsubscribe of unsubscribes.splice(0)) unsubscribe();
  await served[Symbol.asyncDispose]();
});

function observe(options?: ThreadObserverOptions): ThreadObserver {
  const observer = createThreadObserver(served.connect(), 't', options);
  unsubscribes.push(observer.subscribe(() => {}));
  return observer;
}

function textsOf(observer: ThreadObserver): string[] {
  return observer.getSnapshot().items.map(textOf);
}

async function append(...texts: string[]): Promise<string[]> {
  const items = await served.project.items.append(
    't',
    texts.map((text) => ({ role: 'user', text })),
  );
  return items.map(({ id }) => id);
}

async function edit(id: string, text: string): Promise<string> {
  const [item] = await served.project.items.append('t', [{ role: 'user', text, replacesId: id }]);
  return item!.id;
}

const isLive = (observer: ThreadObserver) => () => observer.getSnapshot().status === 'live';

describe('an observer', () => {
  test('shows the newest page, oldest first, and then what arrives', async () => {
    await append('one', 'two');
    const observer = observe();
    expect(observer.getSnapshot()).toMatchObject({ status: 'loading', items: [] });
    await until(isLive(observer));
    expect(textsOf(observer)).toEqual(['one', 'two']);
    await append('three');
    await until(() => textsOf(observer).length === 3);
    expect(textsOf(observer)).toEqual(['one', 'two', 'three']);
    await until(() => observer.getSnapshot().thread?.itemCount === 3);
    expect(observer.getSnapshot().thread).toMatchObject({ lastPreview: 'three' });
  });

  test('shows amendments in their place', async () => {
    const [one, two, three] = await append('one', 'two', 'three');
    const observer = observe();
    await until(isLive(observer));
    const revision = await edit(two!, 'two, edited');
    await until(() => textsOf(observer).includes('two, edited'));
    await edit(revision, 'two, edited again');
    await until(() => textsOf(observer).includes('two, edited again'));
    await served.project.items.redact('t', [one!]);
    await until(() => textsOf(observer).includes('redacted'));
    await served.project.items.update('t', [{ id: three!, visibility: 'archived' }]);
    await until(() => textsOf(observer).length === 2);
    expect(textsOf(observer)).toEqual(['redacted', 'two, edited again']);
    await served.project.items.update('t', [{ id: three!, visibility: 'visible' }]);
    await until(() => textsOf(observer).length === 3);
    expect(textsOf(observer)).toEqual(['redacted', 'two, edited again', 'three']);
  });

  test('amends an item whose revisions were there before it began', async () => {
    const [one] = await append('one', 'two');
    await edit(await edit(one!, 'one, edited'), 'one, edited again');
    const observer = observe();
    await until(isLive(observer));
    expect(textsOf(observer)).toEqual(['one, edited again', 'two']);
    await served.project.items.update('t', [{ id: one!, visibility: 'archived' }]);
    await edit(one!, 'a third time');
    await append('three');
    await until(() => textsOf(observer).includes('three'));
    const { data } = await served.project.items.list('t');
    await until(() => observer.getSnapshot().items.length === data.length);
    expect(observer.getSnapshot().items).toEqual(data);
  });

  test('loads older pages to the beginning', async () => {
    await append('1', '2', '3', '4', '5');
    const observer = observe({ pageSize: 2 });
    await until(isLive(observer));
    expect(observer.getSnapshot()).toMatchObject({ hasOlder: true, isLoadingOlder: false });
    const loading = observer.loadOlder();
    expect(observer.getSnapshot().isLoadingOlder).toBe(true);
    await observer.loadOlder(); // one is already loading: nothing happens
    await loading;
    expect(textsOf(observer)).toEqual(['2', '3', '4', '5']);
    await observer.loadOlder();
    expect(textsOf(observer)).toEqual(['1', '2', '3', '4', '5']);
    expect(observer.getSnapshot()).toMatchObject({ hasOlder: false, isLoadingOlder: false });
    const requests = served.log.length;
    await observer.loadOlder();
    expect(served.log).toHaveLength(requests);
  });

  test('holds at most `itemsMax` items, and can reload those that it dropped', async () => {
    await append('1', '2', '3');
    const observer = observe({ pageSize: 2, itemsMax: 3 });
    await until(isLive(observer));
    await append('4', '5', '6');
    await until(() => textsOf(observer).includes('6'));
    expect(textsOf(observer)).toEqual(['4', '5', '6']);
    await observer.loadOlder();
    expect(textsOf(observer)).toEqual(['2', '3', '4', '5', '6']);
  });

  test('snapshots are the same object until something changes, and are never changed', async () => {
    await append('one');
    const observer = observe();
    await until(isLive(observer));
    const before = observer.getSnapshot();
    expect(observer.getSnapshot()).toBe(before);
    const copy = structuredClone(before);
    await append('two');
    await until(() => textsOf(observer).length === 2);
    expect(observer.getSnapshot()).not.toBe(before);
    expect(observer.getSnapshot().items).not.toBe(before.items);
    expect(before).toEqual(copy);
  });

  test('works while there is a subscriber, and catches up when one comes back', async () => {
    const observer = createThreadObserver(served.connect(), 't');
    expect(observer.getSnapshot().status).toBe('idle');
    let calls = 0;
    const listener = (): void => void calls++;
    const [first, second] = [observer.subscribe(listener), observer.subscribe(listener)];
    await until(isLive(observer));
    expect(calls).toBeGreaterThan(0);
    first();
    first();
    await append('one');
    await until(() => textsOf(observer).length === 1);
    second();
    calls = 0;
    await append('two');
    const other = observe(); // once another observer has the news, this one would have it, too
    await until(() => textsOf(other).length === 2);
    expect(calls).toBe(0);
    expect(textsOf(observer)).toEqual(['one']);
    unsubscribes.push(observer.subscribe(listener));
    await until(() => textsOf(observer).length === 2);
  });

  test('waits for a server that cannot be reached, and says why', async () => {
    await append('one');
    let isDown = true;
    served.intercept = () => {
      if (isDown) throw networkError();
      return undefined;
    };
    const observer = createThreadObserver(served.connect({ retries: 0 }), 't');
    unsubscribes.push(observer.subscribe(() => {}));
    await until(() => observer.getSnapshot().error !== undefined);
    expect(observer.getSnapshot()).toMatchObject({
      status: 'loading',
      error: { code: 'unavailable' },
    });
    isDown = false;
    await until(isLive(observer));
    expect(observer.getSnapshot().error).toBeUndefined();
  });

  test('fails if there is no such thread, and can be retried', async () => {
    const observer = createThreadObserver(served.connect(), 'later');
    unsubscribes.push(observer.subscribe(() => {}));
    await until(() => observer.getSnapshot().status === 'failed');
    expect(observer.getSnapshot().error).toMatchObject({ code: 'not_found' });
    await served.project.threads.create([{ id: 'later' }]);
    observer.retry();
    await until(isLive(observer));
  });

  test('ends with the thread', async () => {
    const observer = observe();
    await until(isLive(observer));
    await append('one');
    await until(() => textsOf(observer).length === 1);
    await served.project.threads.delete(['t']);
    await until(() => observer.getSnapshot().status === 'ended');
    expect(textsOf(observer)).toEqual(['one']);
  });

  test('observes a store in process the same way', async () => {
    const observer = createThreadObserver(served.project, 't', { view: 'context' });
    unsubscribes.push(observer.subscribe(() => {}));
    await until(isLive(observer));
    await served.project.items.append('t', [
      { role: 'system', text: 'for the model', visibility: 'hidden' },
    ]);
    await until(() => textsOf(observer).length === 1);
    expect(textsOf(observer)).toEqual(['for the model']);
  });
});
