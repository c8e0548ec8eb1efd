import { describe, expect, test } from 'vitest';
import { chunks as chunksTable, runs, threads } from '../../records/tables.ts';
import type { Commit } from '../../engine/engine.ts';
import type { TypedTable } from '../../records/table.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  codeOf,
  openKit,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import type { Chunk } from '../../api/responder.ts';
import type { Run, StartedRun } from '../../api/run.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

function puts(commit: Commit, table: TypedTable<unknown>): boolean {
  return (commit.puts ?? []).some((put) => put.table.name === table.name);
}

/**
 * A model that never ends and never waits, on an engine on which each commit to a thread comes
 * after the next group of its chunks: who can lose against the stream loses every time.
 */
class FastSource {
  flushes = 0;
  isDone = false;
  #waiting: (() => void)[] = [];

  tap(engine: TappedEngine): void {
    engine.tap = async (call, run) => {
      if (call.method !== 'commit') return run();
      const { commit } = call;
      const isOfThread = puts(commit, threads);
      if (isOfThread && this.flushes > 0) await this.#nextFlush();
      try {
        return await run();
      } finally {
        if (puts(commit, chunksTable) && !isOfThread) this.#flushed();
      }
    };
  }

  readonly responder = scripted((context) => {
    context.signal.addEventListener('abort', () => this.#end());
    return this.#respond();
  });

  *#respond(): Generator<Chunk> {
    yield* textChunks('').slice(0, 3);
    for (;;) yield { type: 'text-delta', id: 't', delta: 'x' };
  }

  #nextFlush(): Promise<void> | undefined {
    if (this.isDone) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #flushed(): void {
    this.flushes += 1;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #end(): void {
    this.isDone = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

interface Race {
  readonly kit: StoreKit;
  readonly threadId: string;
  readonly started: StartedRun;
}

/** The ways to end a run, and how it has ended then. */
const endings: Readonly<Record<string, { end(race: Race): Promise<unknown>; as?: string }>> = {
  stop: {
    end: ({ kit, threadId, started }) => kit.owner.runs.stop(threadId, started.run.id),
    as: 'cancelled',
  },
  interrupt: {
    end: async ({ kit, threadId }) => {
      const responder = scripted(() => textChunks('Yes'));
      const next = { input: 'Another', policy: 'interrupt', responder } as const;
      const { done } = await kit.owner.runs.start(threadId, next);
      expect(await done).toMatchObject({ status: 'completed' });
    },
    as: 'cancelled',
  },
  'redaction of the prompt': {
    end: async ({ kit, threadId, started }) => {
      const [prompt] = await kit.owner.items.redact(threadId, [started.items[0]!.id]);
      expect(prompt).toMatchObject({ parts: [] });
    },
    as: 'cancelled',
  },
  'deletion of the thread': {
    end: ({ kit, threadId }) => kit.owner.threads.delete([threadId]),
  },
  'the end of the process': { end: ({ kit }) => kit.store.close(), as: 'failed' },
};

describe.each(enginePlaces)(
  'a model that never waits, on %s, is ended by',
  (_name, createPlace) => {
    test.each(Object.keys(endings))('%s', async (name) => {
      await using place = await createPlace();
      const engine = new TappedEngine(place.open());
      await using kit = await openKit({ engine, runs: { flushIntervalMs: 1 }, clock: Date.now });
      const { id: threadId } = await kit.thread();
      const source = new FastSource();
      const { responder } = source;
      const started = await kit.owner.runs.start(threadId, { input: 'Go', responder });
      source.tap(engine);
      await expect.poll(() => source.flushes).toBeGreaterThan(3);
      const before = source.flushes;
      const ending = endings[name]!; // its name is one of the keys
      await ending.end({ kit, threadId, started });
      expect(source.flushes - before).toBeLessThan(100);
      expect(await started.done).toMatchObject({ status: ending.as ?? 'cancelled' });
      const after = source.flushes;
      expect(source.isDone).toBe(true);
      await someTurns();
      expect(source.flushes).toBe(after);
    });
  },
);

describe('an attempt to end a run', () => {
  test('that turns out to be wrong leaves the run as it is', async () => {
    await using kit = await openKit({ runs: { flushIntervalMs: 1 } });
    const { id } = await kit.thread();
    const source = new FastSource();
    const { responder } = source;
    const { run } = await kit.owner.runs.start(id, { input: 'Go', responder });
    const wrong = { input: 'No', policy: 'interrupt', archiveAfter: run.id, responder } as const;
    expect(await codeOf(kit.owner.runs.start(id, wrong))).toBe('invalid_request');
    const stranger = kit.other.runs.stop(id, run.id);
    expect(await codeOf(stranger)).toBe('not_found');
    expect(await kit.owner.runs.get(id, run.id)).toMatchObject({ status: 'running' });
    expect((await kit.rows(runs, [id])).map(({ leaseToken }) => leaseToken)).toEqual([1]);
    expect(source.isDone).toBe(false);
  });

  test('by several callers at once ends it once', async () => {
    await using kit = await openKit({ runs: { flushIntervalMs: 1 } });
    const { id } = await kit.thread();
    const { responder } = new FastSource();
    const { run, done } = await kit.owner.runs.start(id, { input: 'Go', responder });
    await expect.poll(async () => (await kit.rows(chunksTable, [id])).length).toBeGreaterThan(1);
    const stops = Array.from({ length: 10 }, () => kit.owner.runs.stop(id, run.id));
    const ended: Run[] = await Promise.all([...stops, done]);
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    expect((await kit.owner.items.list(id)).data.length).toBe(2);
  });
});

describe('the redaction of a prompt', () => {
  test('ends the run of a fork that answers it, and keeps what it has written', async () => {
    await using kit = await openKit({ runs: { flushIntervalMs: 1 } });
    const { id } = await kit.thread();
    const [prompt] = await kit.say(id, 'Go');
    const [fork] = await kit.owner.threads.fork([{ threadId: id }]);
    const { responder } = new FastSource();
    const answering = { inputItemId: prompt!.id, responder };
    const { done } = await kit.owner.runs.start(fork!.id, answering);
    await expect
      .poll(async () => (await kit.rows(chunksTable, [fork!.id])).length)
      .toBeGreaterThan(1);
    await kit.owner.items.redact(id, [prompt!.id]);
    expect(await done).toMatchObject({ status: 'cancelled' });
    const { data } = await kit.owner.items.list(fork!.id);
    expect(data.map(({ parts }) => parts.length > 0)).toEqual([false, true]);
  });

  test('ends a run that waits for people or in the queue, and no other', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const asking = scripted(() => [
      ...textChunks('Shall I?').slice(0, -1),
      { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
      { type: 'finish' },
    ]);
    const waiting = await kit.owner.runs.start(id, { input: 'Buy', responder: asking });
    expect(await waiting.done).toMatchObject({ status: 'interrupted' });
    const source = new FastSource();
    const other = await kit.thread();
    const going = { input: 'Go', responder: source.responder };
    const running = await kit.owner.runs.start(other.id, going);
    const queued = await kit.owner.runs.start(other.id, { ...going, policy: 'enqueue' });
    await kit.owner.items.redact(id, [waiting.items[0]!.id]);
    await kit.owner.items.redact(other.id, [queued.items[0]!.id]);
    expect(await queued.done).toMatchObject({ status: 'cancelled' });
    const runs = [waiting.run.id, running.run.id].map((runId, i) =>
      kit.owner.runs.get([id, other.id][i]!, runId),
    );
    const statuses = (await Promise.all(runs)).map(({ status }) => status);
    expect(statuses).toEqual(['cancelled', 'running']);
  });
});

describe('a bound of runs', () => {
  test('of one user holds for all threads, and not for others or for what is interrupted', async () => {
    await using kit = await openKit({ runs: { runsPerUserMax: 3 } });
    const hung = gate();
    const responder = scripted(async function* () {
      await hung.opened;
      yield* textChunks('Yes');
    });
    const ids = await Promise.all(Array.from({ length: 4 }, async () => (await kit.thread()).id));
    const started: StartedRun[] = [];
    for (const id of ids.slice(0, 3)) {
      started.push(await kit.owner.runs.start(id, { input: 'Go', responder }));
    }
    const more = { input: 'More', responder };
    expect(await codeOf(kit.owner.runs.start(ids[3]!, more))).toBe('rate_limited');
    const queued = { ...more, policy: 'enqueue' } as const;
    expect(await codeOf(kit.owner.runs.start(ids[0]!, queued))).toBe('rate_limited');
    const next = { ...more, policy: 'interrupt' } as const;
    started.push(await kit.owner.runs.start(ids[0]!, next));
    const [theirs] = await kit.other.threads.create([{}]);
    started.push(await kit.other.runs.start(theirs!.id, more));
    hung.open();
    await Promise.all(started.map(({ done }) => done));
    await (
      await kit.owner.runs.start(ids[3]!, more)
    ).done;
    expect((await kit.owner.items.list(ids[3]!)).data.length).toBe(2);
  });

  const bounds = [
    ['of chunks', { runChunksMax: 100 }, 'too_large'],
    ['of characters', { runCharactersMax: 1000 }, 'too_large'],
    ['of time', { runMsMax: 50 }, 'timeout'],
  ] as const;

  test.each(bounds)('%s ends one with what it has written', async (_what, options, code) => {
    await using kit = await openKit({ runs: options });
    const { id } = await kit.thread();
    const source = new FastSource();
    const { responder } = source;
    const { done } = await kit.owner.runs.start(id, { input: 'Go', responder });
    expect(await done).toMatchObject({ status: 'failed', error: { code } });
    const { data } = await kit.owner.items.list(id);
    const text = data[1]!.parts.find((part) => part.type === 'text')?.text;
    expect(text).toMatch(/^x+$/);
    if ('runChunksMax' in options) expect(text).toHaveLength(97);
    if ('runCharactersMax' in options) expect(String(text).length).toBeGreaterThan(300);
    expect(data[1]!.metadata).toMatchObject({ 'skein:partial': true });
    expect(source.isDone || code === 'too_large').toBe(true);
  });

  test('of time also ends a source that hangs', async () => {
    await using kit = await openKit({ runs: { runMsMax: 20 } });
    const { id } = await kit.thread();
    const responder = scripted(async function* () {
      yield* textChunks('Hm').slice(0, 4);
      await new Promise(() => undefined);
    });
    const { done } = await kit.owner.runs.start(id, { input: 'Go', responder });
    expect(await done).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
  });
});
