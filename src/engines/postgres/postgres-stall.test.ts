import { describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { createStore } from '../../store/create-store.ts';
import { textsIn } from '../../../test/support/store/store-kit-for-testing.ts';
import { postgres } from './index.ts';
import {
  AppenderForTesting,
  entries,
  entriesIn,
  heads,
} from '../../../test/support/engines/postgres/appender-for-testing.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import { proxyForTesting } from '../../../test/support/engines/postgres/proxy-for-testing.ts';

const tables = [heads, entries];
const answerTimeoutMs = 2000;
const patienceMs = 1000;
/** What a call may take that meets a silent connection. */
const callMs = answerTimeoutMs + patienceMs;
/** However busy the machine is; without a bound of its own a call waits for many minutes. */
const boundMs = callMs + 15_000;

/** Only what has hung takes so long. */
const patient = { timeout: 60_000 };

async function timed<T>(task: Promise<T>): Promise<readonly [T | undefined, number]> {
  const startMs = performance.now();
  const result = await task.catch(() => undefined);
  return [result, performance.now() - startMs];
}

describe.runIf(isEngineChosen('postgres'))('when connections fall silent', () => {
  test(
    'all calls are answered in time and rightly, over new ones',
    { timeout: 180_000 },
    async () => {
      await using database = await schemaForTesting();
      await using proxy = await proxyForTesting(database.url);
      const { schema } = database;
      const config = { url: proxy.url, schema, connectionsMax: 6, patienceMs, answerTimeoutMs };
      const engine = await OpenEngine.open(postgres(config), tables);
      const appenders = Array.from(
        { length: 8 },
        (_, i) => new AppenderForTesting(engine, `writer ${i}`),
      );
      const ids = Array.from({ length: 5 }, (_, i) => `head ${i}`);
      let isWriting = true;
      let slowestMs = 0;
      const note = async (task: Promise<unknown>): Promise<void> => {
        const [, elapsedMs] = await timed(task);
        slowestMs = Math.max(slowestMs, elapsedMs);
      };
      /** Resolves when each writer has written some more. */
      const goOn = async (): Promise<void> => {
        const before = appenders.map(({ acknowledged }) => acknowledged.length);
        const more = () => appenders.every((one, i) => one.acknowledged.length > before[i]! + 3);
        await expect.poll(more, { timeout: 60_000 }).toBe(true);
      };
      const work = appenders.map(async (appender, i) => {
        for (let count = 0; isWriting; count++) {
          const id = ids[(i + count) % ids.length]!;
          await note(engine.scan({ table: entries, prefix: [id], limit: 10 }));
          await note(appender.append(id, count));
        }
      });
      for (let stalls = 0; stalls < 2; stalls++) {
        await goOn();
        proxy.stall();
        await goOn();
      }
      isWriting = false;
      await Promise.all(work);
      await engine.close();
      const all = (list: 'acknowledged' | 'unknown'): string[] =>
        appenders.flatMap((one) => one[list]);
      // An append makes two calls, a read and a commit.
      expect(slowestMs).toBeLessThan(2 * boundMs);
      expect(slowestMs).toBeGreaterThan(answerTimeoutMs * 0.9);
      expect(all('unknown')).toEqual([]);
      expect((await entriesIn(database)).toSorted()).toEqual(all('acknowledged').toSorted());
    },
  );

  test('one silence is enough to drop the idle connections', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const config = { url: proxy.url, schema: database.schema, patienceMs, answerTimeoutMs };
    const engine = await OpenEngine.open(postgres(config), tables);
    const scan = () => engine.scan({ table: entries, prefix: ['a'], limit: 10 });
    await Promise.all(Array.from({ length: 8 }, scan));
    proxy.stall();
    const [rows, firstMs] = await timed(scan());
    expect(rows).toEqual([]);
    expect(firstMs).toBeLessThan(boundMs);
    // None of the others meets another silent one.
    const times: number[] = [];
    for (let i = 0; i < 8; i++) times.push((await timed(scan()))[1]);
    expect(times.toSorted((a, b) => a - b)[4]).toBeLessThan(answerTimeoutMs);
    await engine.close();
  });

  test('and new ones, too, calls are unavailable, and closing does not wait for ever', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const connection = { connectionTimeoutMillis: 500 };
    const config = { url: proxy.url, schema: database.schema, patienceMs, answerTimeoutMs };
    const engine = await OpenEngine.open(postgres({ ...config, connection }), tables);
    engine.listen(() => undefined);
    const appender = new AppenderForTesting(engine, 'writer');
    await appender.append('a', 1);
    proxy.stall();
    proxy.stallsNew = true;
    const startMs = performance.now();
    await expect(engine.get(heads, ['a'])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(
      engine.commit({ puts: [{ table: heads, row: { id: 'b', version: 1 } }] }),
    ).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - startMs).toBeLessThan(2 * boundMs);
    proxy.stallsNew = false;
    await appender.append('a', 2);
    expect(appender.acknowledged).toHaveLength(2);
    proxy.stall();
    proxy.stallsNew = true;
    const [, closeMs] = await timed(engine.close());
    expect(closeMs).toBeLessThan(2 * boundMs);
  });

  test('live readers continue', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const { schema, url } = database;
    await using writing = await createStore({ engine: postgres({ url, schema }) });
    const config = { url: proxy.url, schema, patienceMs, answerTimeoutMs };
    await using reading = await createStore({ engine: postgres(config) });
    const owner = writing.project('p').as({ userId: 'u' });
    const [thread] = await owner.threads.create([{}]);
    const stop = new AbortController();
    const texts: string[] = [];
    const begun = Promise.withResolvers<void>();
    const live = (async () => {
      const reader = reading.project('p').as({ userId: 'u' });
      for await (const event of reader.threads.live(thread!.id, { signal: stop.signal })) {
        begun.resolve();
        if (event.type === 'item') texts.push(...textsIn([event.item]));
      }
    })();
    const append = (text: string) => owner.items.append(thread!.id, [{ role: 'user', text }]);
    await begun.promise;
    await append('one');
    await expect.poll(() => texts, patient).toEqual(['one']);
    proxy.stall();
    await append('two');
    await expect.poll(() => texts, patient).toEqual(['one', 'two']);
    // The connection that listens is a new one in the end: hints arrive at once, and the reader
    // need not look, which it does every five seconds.
    for (let inTime = 0, i = 0; inTime < 3; i++) {
      const [, tookMs] = await timed(
        append(`more ${i}`).then(() => expect.poll(() => texts.at(-1), patient).toBe(`more ${i}`)),
      );
      inTime = tookMs < 2500 ? inTime + 1 : 0;
    }
    stop.abort();
    await live;
  }, 180_000);
});
