import { MemoryLevel } from 'memory-level';
import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import type { Engine } from '../../engine/engine.ts';
import { lsm } from '../../engines/lsm/lsm-engine.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { changes, items } from '../../records/tables.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import type { LiveEvent } from '../../api/live.ts';
import {
  cursorOf,
  nameOf,
  Tail,
  textsOf,
  versionOf,
} from '../../../test/support/domain/live-kit-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const seed = seedForTesting();
const engines: [string, () => Engine][] = [
  ['memory', () => memory()],
  ['lsm over memory-level', () => lsm({ store: new MemoryLevel() })],
];

/** The commit order from the engine: names of events, each with its version. */
async function commitOrder(kit: StoreKit, id: string): Promise<Map<string, number>> {
  const said = (await kit.rows(items, [id])).map((row) => [`item ${row.id}`, row.commitVersion]);
  const amended = (await kit.rows(changes, [id])).map((row) => [
    `change ${row.version}`,
    row.version,
  ]);
  const all = [...said, ...amended] as [string, number][]; // as made just now
  return new Map(all.toSorted(([, a], [, b]) => a - b));
}

/**
 * Checks that everything appears once, in commit order, and each head at most once, right after
 * what it summarizes.
 */
async function checkComplete(
  kit: StoreKit,
  id: string,
  events: readonly LiveEvent[],
  hint: string,
): Promise<void> {
  const order = await commitOrder(kit, id);
  const told = events.filter(({ type }) => type !== 'head').map(nameOf);
  expect(told, hint).toEqual([...order.keys()]);
  let reached = 0;
  let lastHead = 0;
  for (const event of events) {
    if (event.type === 'head') {
      const { version } = event.thread;
      expect(version, `${hint}: a head twice, or before its events`).toBeGreaterThan(lastHead);
      expect(version, hint).toBeGreaterThanOrEqual(reached);
      lastHead = version;
    } else {
      reached = order.get(nameOf(event))!;
      expect(reached, `${hint}: an event behind its head`).toBeGreaterThan(lastHead);
    }
  }
  expect(lastHead, hint).toBe(await versionOf(kit, id));
}

/**
 * Reads up to a version with interruptions by `isCut`, continuing from the last cursor each time.
 */
async function readInPieces(
  api: ProjectApi,
  id: string,
  start: string,
  untilVersion: () => number,
  isCut: () => boolean,
): Promise<LiveEvent[]> {
  const events: LiveEvent[] = [];
  for (let after = start; ; after = events.at(-1)!.cursor) {
    await using tail = new Tail(api, id, { after, view: 'log' });
    do {
      const event = await tail.next();
      if (event === undefined) throw new TypeError('It ended too early.');
      events.push(event);
      if (event.type === 'head' && event.thread.version >= untilVersion()) return events;
    } while (!isCut());
  }
}

/** One writer's random steps. The last one marks the end. */
async function write(kit: StoreKit, id: string, random: SeededRandom, name: string): Promise<void> {
  const mine: string[] = [];
  for (let step = 0; step < 30; step++) {
    const kind = random.below(10);
    const itemId = mine.length > 0 ? random.pick(mine) : undefined;
    const text = `${name} ${step}`;
    if (kind < 4 || itemId === undefined) {
      const said = await kit.say(id, ...times(random.pick([1, 1, 3, 12]), (i) => `${text}.${i}`));
      mine.push(...said.map((item) => item.id));
    } else if (kind < 6) {
      // Fails if the item was redacted.
      await codeOf(kit.append(id, { text: `${text} edited`, replacesId: itemId }));
    } else if (kind < 7) {
      await kit.owner.items.redact(id, [itemId]);
    } else if (kind < 9) {
      const visibility = random.pick(['visible', 'hidden', 'archived'] as const);
      await kit.owner.items.update(id, [{ id: itemId, visibility }]);
    } else {
      await kit.owner.threads.update([{ id, title: text }]);
    }
    if (random.chance(0.3)) await someTurns(10);
  }
}

describe.each(engines)('live reading, %s', (_name, createEngine) => {
  test.each([0, 1, 2])(`once and in order, cut or not, run %i (SEED=${seed})`, async (run) => {
    await using kit = await openKit({ engine: createEngine() });
    const { id } = await kit.thread();
    const start = await cursorOf(kit.owner, id);
    const random = times(8, (i) => seededRandom(seed + run * 100 + i));
    let end = Infinity;
    const until = (): number => end;
    const cuts: [string, () => boolean][] = [
      ['never cut', () => false],
      ['cut at every event', () => true],
      ['cut at random', () => random[0]!.chance(0.2)],
    ];
    const pieces = cuts.map(([, isCut]) => readInPieces(kit.owner, id, start, until, isCut));
    await Promise.all(times(4, (i) => write(kit, id, random[i + 1]!, `w${i}`)));
    end = (await versionOf(kit, id)) + 1;
    await kit.owner.threads.update([{ id, title: 'the end' }]);
    for (const [i, events] of (await Promise.all(pieces)).entries())
      await checkComplete(kit, id, events, `while written, ${cuts[i]![0]}`);
    for (const [name, isCut] of cuts) {
      const late = await readInPieces(kit.owner, id, start, until, isCut);
      await checkComplete(kit, id, late, `afterwards, ${name}`);
      expect(late.filter(({ type }) => type === 'head')).toHaveLength(1);
    }
  });

  test('a reader far behind, beyond the commits in memory, sees everything and holds little', async () => {
    const engine = new TappedEngine(createEngine());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    await using slow = new Tail(kit.owner, id, { view: 'log' });
    const first = await slow.next();
    expect(first?.type).toBe('head');
    const weight = 40_000;
    for (let i = 0; i < 80; i++) {
      const [said] = await kit.say(id, `${i} `.padEnd(weight, 'x'));
      if (i % 8 === 0) await kit.append(id, { text: 'edited', replacesId: said!.id });
    }
    const calls = recordCalls(engine);
    const events = await slow.upTo(await versionOf(kit, id));
    const scans = calls.flatMap((call) =>
      call.method === 'scan' && call.scan.table === items && !call.scan.index ? [call.scan] : [],
    );
    expect(scans.length).toBeGreaterThan(5); // 3 MB in pages of a quarter of a megabyte
    for (const { limit } of scans.slice(1)) expect(limit * weight).toBeLessThan(1024 * 1024);
    await checkComplete(kit, id, [first!, ...events], 'slow');
  });

  test('light items come in pages that grow', async () => {
    const engine = new TappedEngine(createEngine());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const after = await cursorOf(kit.owner, id);
    await kit.say(id, ...times(1000, String));
    const calls = recordCalls(engine);
    await using tail = new Tail(kit.owner, id, { after });
    expect(textsOf(await tail.upTo(2))).toEqual(times(1000, String));
    const scans = calls.filter((call) => call.method === 'scan' && call.scan.table === items);
    expect(scans.length).toBeLessThan(15);
  });

  test('a thousand readers each see an append once, and need no read for it', async () => {
    const engine = new TappedEngine(createEngine());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread({ visibility: 'public' });
    const tails = times(1000, (i) => new Tail([kit.owner, kit.other][i % 2]!, id));
    await Promise.all(tails.map((tail) => tail.next()));
    const pending = tails.map((tail) => tail.upTo(2));
    await someTurns(); // each has looked and sleeps
    const calls = recordCalls(engine);
    const [said] = await kit.say(id, 'hello');
    const told = await Promise.all(pending);
    const names = new Set(told.map((events) => events.map(nameOf).join()));
    expect([...names]).toEqual([`item ${said!.id},head 2`]);
    expect(calls.filter(({ method }) => method === 'scan')).toEqual([]);
    expect(calls.length).toBeLessThan(20);
    const rest = tails.map((tail) => tail.next());
    for (const tail of tails) tail.abort();
    expect(new Set(await Promise.all(rest))).toEqual(new Set([undefined])); // nothing more
  });
});
