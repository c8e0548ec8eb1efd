import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import type { Engine } from '../../engine/engine.ts';
import { memory } from '../../engines/memory/index.ts';
import {
  chunks as chunksTable,
  items as itemsTable,
  runs as runsTable,
  streams as streamsTable,
  type ItemRow,
  type RunRow,
  type StreamRow,
} from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import { openKit, type StoreKit } from '../../../test/support/store/store-kit-for-testing.ts';
import type { Part } from '../../api/item.ts';
import { finishPartial } from '../streams/finish-partial.ts';
import { createFold } from '../streams/fold-chunks.ts';
import type { StreamEvent } from '../../api/stream.ts';
import { continuedParts } from './read-answer.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import type { Chunk, Responder } from '../../api/responder.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { pauseAtRandom, until } from '../../../test/support/shared/waits-for-testing.ts';

const seed = seedForTesting();
const rounds = 12;
const leaseMs = 90;

/**
 * Any interleaving of chunks, endings, stops, approvals, new attempts, lapsed leases, retries and
 * failing commits leads to exactly one stored answer for each stream of a run and one final state,
 * and readers see only what is stored.
 */
test.each(Array.from({ length: rounds }, (_, i) => seed + i))(
  'one answer and one end per run, whatever races (SEED=%i)',
  async (roundSeed) => {
    const random = seededRandom(roundSeed);
    const trouble = { isOn: true };
    const base = memory();
    const open = shareEngineForTesting(flaky(base, random, trouble));
    const options = { clock: Date.now, runs: { leaseMs, flushIntervalMs: 3 } };
    const first = await openKit({ engine: open(), ...options });
    const second = await openKit({ engine: open(), ...options });
    const kits = [first, second];
    trouble.isOn = false;
    const { id } = await first.thread();
    trouble.isOn = true;
    const seen = new Map<string, StreamEvent[][]>();
    const acts = Array.from({ length: 14 }, () => act(id, kits, random, seen));
    acts.push(...Array.from({ length: 3 }, () => askAgain(id, kits, random, seen)));
    await Promise.all(acts);
    for (let i = 0; i < 3; i++) await approveAtOnce(id, kits, random);
    trouble.isOn = false;
    await untilEnded(first, id);
    await check(first, id, seen);
    for (const kit of kits) await kit[Symbol.asyncDispose]();
    await base.close();
  },
);

/** A client that starts a run after a while, may read it, and may stop it. */
async function act(
  threadId: string,
  kits: readonly StoreKit[],
  random: SeededRandom,
  seen: Map<string, StreamEvent[][]>,
): Promise<void> {
  const [starter, stopper, reader] = [0, 0, 0].map(() => random.pick(kits).owner);
  const isStopped = random.below(3) === 0;
  const policy = (['reject', 'enqueue', 'interrupt'] as const)[random.below(3)]!;
  const responder = randomResponder(random);
  const key = `question-${random.below(1e9)}`;
  const tries = 1 + random.below(2);
  await pauseAtRandom(random, 150);
  for (let i = 0; i < tries; i++) {
    try {
      const input = [{ role: 'user', text: key, key }] as const;
      const { run } = await starter!.runs.start(threadId, { input, responder, policy });
      const events: StreamEvent[] = [];
      seen.set(run.streamId, [...(seen.get(run.streamId) ?? []), events]);
      const reading = read(reader!.streams.read(threadId, run.streamId), events);
      await pauseAtRandom(random, 60);
      if (isStopped) await stopper!.runs.stop(threadId, run.id);
      await reading;
    } catch (error) {
      mustBeExpected(error);
    }
  }
}

/** A client that, after a while, has an existing answer regenerated. */
async function askAgain(
  threadId: string,
  kits: readonly StoreKit[],
  random: SeededRandom,
  seen: Map<string, StreamEvent[][]>,
): Promise<void> {
  const { owner } = random.pick(kits);
  const responder = randomResponder(random);
  await pauseAtRandom(random, 260);
  try {
    const { data } = await owner.items.list(threadId, { order: 'desc' });
    const answers = data.filter(({ role }) => role === 'assistant');
    if (answers.length === 0) return;
    const asked = { replacesId: random.pick(answers).id, responder, policy: 'enqueue' } as const;
    const { run } = await owner.runs.start(threadId, asked);
    const events: StreamEvent[] = [];
    seen.set(run.streamId, [...(seen.get(run.streamId) ?? []), events]);
    await read(owner.streams.read(threadId, run.streamId), events);
  } catch (error) {
    mustBeExpected(error);
  }
}

/** Several servers concurrently continue an answer that waits for people, and may stop it. */
async function approveAtOnce(
  threadId: string,
  kits: readonly StoreKit[],
  random: SeededRandom,
): Promise<void> {
  const { owner } = random.pick(kits);
  const responder = randomResponder(random, true);
  const isStopped = random.below(3) === 0;
  try {
    const policy = 'enqueue';
    const input = [{ role: 'user', text: 'Buy', key: `buy-${random.below(1e9)}` }] as const;
    const { run, done } = await owner.runs.start(threadId, { input, responder, policy });
    const { status, outputItemId } = await done;
    if (status !== 'interrupted' || outputItemId === undefined) return;
    const { parts } = await owner.items.get(threadId, outputItemId);
    const approved = { role: 'assistant', parts, replacesId: outputItemId, runId: run.id } as const;
    const races = kits.map(async ({ owner: other }) => {
      return (await other.runs.start(threadId, { input: [approved], responder })).done;
    });
    if (isStopped) races.push(owner.runs.stop(threadId, run.id));
    const outcomes = await Promise.allSettled(races);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') mustBeExpected(outcome.reason);
    }
  } catch (error) {
    mustBeExpected(error);
  }
}

async function read(source: AsyncIterable<StreamEvent>, into: StreamEvent[]): Promise<void> {
  for await (const event of source) into.push(event);
}

function mustBeExpected(error: unknown): void {
  const codes = ['conflict', 'unavailable', 'rate_limited'];
  if (error instanceof SkeinError && codes.includes(error.code)) return;
  throw error;
}

/** Answers in a few pieces with pauses, and may fail. */
function randomResponder(random: SeededRandom, asks: boolean = random.below(4) === 0): Responder {
  const words = Array.from({ length: random.below(8) }, (_, i) => `w${i} `);
  const failsAt = random.below(4) === 0 ? random.below(8) : Number.POSITIVE_INFINITY;
  return scripted(async function* ({ continued }): AsyncGenerator<Chunk> {
    let count = 0;
    const question = asks && !continued ? approvalChunks : [];
    for (const chunk of [...textChunks(...words).slice(0, -1), ...question, finish]) {
      if (count++ === failsAt) {
        throw new RunFailure({ code: 'provider_error', message: 'It broke.', retryable: true });
      }
      if (words.length > 0) await pauseAtRandom(random, 25);
      yield chunk;
    }
  });
}

const finish: Chunk = { type: 'finish' };
const approvalChunks: readonly Chunk[] = [
  { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
  { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c' },
];

async function untilEnded(kit: StoreKit, threadId: string): Promise<void> {
  await until(async () => {
    const { data } = await kit.owner.runs.list(threadId, { limit: 1000 });
    return data.every((run) => run.endedAt !== undefined || run.status === 'interrupted');
  });
}

async function check(
  kit: StoreKit,
  threadId: string,
  seen: ReadonlyMap<string, readonly (readonly StreamEvent[])[]>,
): Promise<void> {
  const runs = await kit.rows(runsTable, [threadId]);
  const items = await kit.rows(itemsTable, [threadId]);
  const streams = await kit.rows(streamsTable, [threadId]);
  expect(runs.length).toBeGreaterThan(0);
  for (const run of runs) {
    expect(['completed', 'failed', 'cancelled', 'interrupted']).toContain(run.status);
    expect(run.leaseExpiresAt).toBeUndefined();
    const own = streams.filter(({ runId }) => runId === run.id);
    // What people added to an answer belongs to another request.
    const isOurs = (item: ItemRow): boolean => {
      return item.runId === run.id && item.role === 'assistant' && item.requestId === run.requestId;
    };
    const answers = items.filter(isOurs);
    const expected: (readonly Part[])[] = [];
    for (const stream of own.toSorted((a, b) =>
      a.id === run.streamId ? 1 : a.id < b.id ? -1 : 1,
    )) {
      const groups = await kit.rows(chunksTable, [threadId, stream.id]);
      const chunks = groups.flatMap((group) => group.chunks);
      expect(groups.at(-1)?.seq ?? 0).toBe(chunks.length);
      const isLast = stream.id === run.streamId;
      const status = isLast && !isCancelledWaiting(run, stream) ? run.status : 'interrupted';
      const parts = partsOf(status, stream, chunks, run.error);
      // It waited, and was closed: both are stored, and readers of the stream see both.
      const closedAt = chunks.findIndex(({ type }) => type === 'tool-approval-response');
      const waited = status === 'interrupted' && closedAt >= 0 ? chunks.slice(0, closedAt) : [];
      if (waited.length > 0) expected.push(partsOf(status, stream, waited, undefined));
      const replaced = items.find(({ id }) => id === run.replacesId);
      const isWhole = replaced !== undefined && replaced.metadata['skein:partial'] !== true;
      const saysNothing = parts.every(({ type }) => type === 'data-error');
      if (parts.length > 0 && !(isWhole && saysNothing)) expected.push(parts);
      for (const events of seen.get(stream.id) ?? []) {
        expect(events.map(({ chunk }) => chunk)).toEqual(chunks.slice(0, events.length));
      }
    }
    expect(answers.map((answer) => answer.parts)).toEqual(expected);
    expect(run.outputItemId).toBe(answers.at(-1)?.id);
  }
  // No two runs worked at the same time: each run that started did so after the previous ones had
  // ended.
  const hasWaited = ({ streamId, status, waitedMs }: RunRow): boolean => {
    const stream = streams.find(({ id }) => id === streamId);
    return waitedMs !== undefined || (stream?.status === 'completed' && status !== 'completed');
  };
  const worked = runs.filter((run) => run.startedAt !== undefined && !hasWaited(run));
  const ended = worked.filter(({ endedAt }) => endedAt !== undefined);
  ended.sort((a, b) => a.startedAt! - b.startedAt! || a.endedAt! - b.endedAt!);
  for (const [i, run] of ended.entries()) {
    const next = ended[i + 1];
    if (next) expect(next.startedAt!).toBeGreaterThanOrEqual(run.endedAt!);
  }
  const questions = items.filter(({ role }) => role === 'user').map(({ key }) => key);
  expect(new Set(questions).size).toBe(questions.length);
}

/** It waited for people when it was ended, and so added nothing to its answer. */
function isCancelledWaiting(run: RunRow, stream: StreamRow): boolean {
  return run.status === 'cancelled' && stream.status === 'completed';
}

function partsOf(
  status: string,
  stream: StreamRow,
  chunks: readonly Chunk[],
  error: unknown,
): readonly Part[] {
  const fold = createFold(continuedParts(stream));
  for (const chunk of chunks) fold.add(chunk);
  if (status === 'completed' || status === 'interrupted') return fold.parts;
  // This is the stored form.
  const failure = status === 'failed' ? [{ type: 'data-error', data: error } as Part] : [];
  return [...finishPartial(fold.parts), ...failure];
}

/**
 * Makes some commits fail, half of them before they are applied and half after, as if the response
 * was lost.
 */
function flaky(engine: Engine, random: SeededRandom, trouble: { isOn: boolean }): Engine {
  return Object.assign(Object.create(engine) as Engine, {
    open: (tables: Parameters<Engine['open']>[0]) => engine.open(tables),
    close: () => engine.close(),
    get: (...args: Parameters<Engine['get']>) => engine.get(...args),
    getMany: (...args: Parameters<Engine['getMany']>) => engine.getMany(...args),
    scan: (...args: Parameters<Engine['scan']>) => engine.scan(...args),
    deletePrefix: (...args: Parameters<Engine['deletePrefix']>) => engine.deletePrefix(...args),
    name: engine.name,
    capabilities: engine.capabilities,
    async commit(commit: Parameters<Engine['commit']>[0]): Promise<void> {
      const kind = trouble.isOn ? random.below(10) : 0;
      await pauseAtRandom(random, 2);
      if (kind === 1) throw new SkeinError('unavailable', 'The disk is away.');
      await engine.commit(commit);
      if (kind === 2) throw new SkeinError('unavailable', 'The answer got lost.');
    },
  });
}
