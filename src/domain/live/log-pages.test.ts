import { expect, test, vi } from 'vitest';
import { openKit, textsIn, times } from '../../../test/support/store/store-kit-for-testing.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { LogPages, type LogPage } from './log-pages.ts';

const empty: LogPage = { items: [], amended: [] };

test('a page is read once for all who ask for it, and again after a failure', async () => {
  const pages = new LogPages();
  let reads = 0;
  const read = (): Promise<LogPage> => Promise.resolve(void reads++).then(() => empty);
  await Promise.all(times(10, () => pages.get('a', read)));
  await pages.get('a', read);
  expect(reads).toBe(1);
  await pages.get('b', read);
  expect(reads).toBe(2);
  const failing = () => Promise.reject<LogPage>(new Error('no disk'));
  await expect(pages.get('c', failing)).rejects.toThrow('no disk');
  expect(await pages.get('c', read)).toBe(empty);
});

test('pages are forgotten when they become too much, and after a second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const pages = new LogPages(2500);
    const read: string[] = [];
    const get = (key: string): Promise<LogPage> =>
      pages.get(key, () => Promise.resolve(void read.push(key)).then(() => empty));
    for (const key of ['a', 'b', 'a', 'c', 'b', 'a']) await get(key);
    expect(read.join('')).toBe('abca');
    vi.advanceTimersByTime(1000);
    await get('a');
    expect(read.join('')).toBe('abcaa');
  } finally {
    vi.useRealTimers();
  }
});

test('readers who have fallen behind together read the log together', async () => {
  const engine = new TappedEngine(memory());
  await using kit = await openKit({ engine });
  const { id } = await kit.thread({ visibility: 'public' });
  const { cursor: after } = await kit.owner.items.list(id);
  const texts = times(100, (i) => `${i} ${'x'.repeat(50_000)}`);
  for (const text of texts) await kit.say(id, text);
  let scans = 0;
  engine.tap = (call, run) => {
    if (call.method === 'scan') scans++;
    return run();
  };
  const readers = times(30, async (i) => {
    const seen: string[] = [];
    for await (const event of (i % 2 === 0 ? kit.owner : kit.other).threads.live(id, { after })) {
      if (event.type === 'item') seen.push(...textsIn([event.item]));
      if (event.type === 'head') break;
    }
    return seen.join();
  });
  expect(new Set(await Promise.all(readers))).toEqual(new Set([texts.join()]));
  // One reader alone makes about two hundred: each page holds one text, and amendments are looked
  // for.
  expect(scans).toBeLessThan(600);
});
