import { describe, expect, test } from 'vitest';
import { startPostgres } from '../../../test/postgres-server.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { createStore } from '../../store/create-store.ts';
import { textsIn } from '../../../test/support/store/store-kit-for-testing.ts';
import { postgres } from './index.ts';

describe.runIf(isEngineChosen('postgres'))('a server that restarts', () => {
  test('is waited for: nothing acknowledged is lost, live readers miss nothing', async () => {
    const server = await startPostgres({ fsync: true });
    try {
      const open = () => createStore({ engine: postgres({ url: server.url, patienceMs: 60_000 }) });
      await using first = await open();
      await using second = await open();
      const [owner, reader] = [first, second].map((store) =>
        store.project('p').as({ userId: 'u' }),
      );
      const threads = await owner!.threads.create([{}, {}, {}]);
      const stop = new AbortController();
      const live = new Map<string, string[]>(threads.map(({ id }) => [id, []]));
      const reading = threads.map(async ({ id }) => {
        for await (const event of reader!.threads.live(id, { signal: stop.signal })) {
          if (event.type === 'item') live.get(id)!.push(...textsIn([event.item]));
        }
      });
      let isWriting = true;
      const acknowledged = new Map<string, string[]>(threads.map(({ id }) => [id, []]));
      const writing = threads.map(async ({ id }) => {
        for (let i = 0; isWriting; i++) {
          await owner!.items.append(id, [{ role: 'user', text: `text ${i}` }]);
          acknowledged.get(id)!.push(`text ${i}`);
        }
      });
      /** Writes so much to each thread, and sees it arrive, before and after each restart. */
      const goOn = async (): Promise<void> => {
        const counts = (): number[] => [acknowledged, live].flatMap(countsOf);
        const before = counts();
        await expect
          .poll(() => counts().every((count, i) => count >= before[i]! + 10), { timeout: 120_000 })
          .toBe(true);
      };
      for (let restarts = 0; restarts < 2; restarts++) {
        await goOn();
        await server.restart();
      }
      await goOn();
      isWriting = false;
      await Promise.all(writing);
      for (const { id } of threads) {
        const texts = acknowledged.get(id)!;
        expect(texts.length).toBeGreaterThan(10);
        const stored: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await owner!.items.list(id, {
            limit: 1000,
            ...(after !== undefined && { after }),
          });
          stored.push(...textsIn(page.data));
          if (page.nextCursor === null) break;
          after = page.nextCursor;
        }
        expect(stored).toEqual(texts);
        const newest = (): string | undefined => live.get(id)!.at(-1);
        await expect.poll(newest, { timeout: 120_000 }).toBe(texts.at(-1));
        // A reader begins at the current end of the thread.
        expect(live.get(id)!).toEqual(texts.slice(-live.get(id)!.length));
        expect(live.get(id)!.length).toBeGreaterThan(10);
      }
      stop.abort();
      await Promise.all(reading);
    } finally {
      await server.stop();
    }
  });
});

function countsOf(texts: ReadonlyMap<string, readonly string[]>): number[] {
  return [...texts.values()].map(({ length }) => length);
}
