import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { allTables } from '../../records/all-tables.ts';
import { runs } from '../../records/tables.ts';
import { doctor } from '../../store/doctor/doctor.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import { textOf } from '../../shared/parts.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  only,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

const seed = seedForTesting();

/** Everything that the engine stores, as text. */
async function everything(kit: StoreKit): Promise<string> {
  return JSON.stringify(await Promise.all(allTables.map((table) => kit.rows(table))));
}

/** Fails as a provider does that repeats all that it was sent. */
function refuse({ items }: TurnContext): never {
  const message = `Refused: ${items.map(({ parts }) => textOf(parts)).join(' | ')}`;
  throw new RunFailure({ code: 'invalid_request', message, retryable: false });
}

const thrower = scripted(refuse, 'lab/thrower');
const breaker = scripted(function* (context): Generator<Chunk> {
  yield* textChunks('Well').slice(0, 4);
  try {
    refuse(context);
  } catch (error) {
    yield { type: 'error', errorText: String(error) };
  }
}, 'lab/breaker');
const failing = [thrower, breaker] as const;

/** Fails as another one does, once a test lets it. */
function held(responder: Responder): { readonly responder: Responder; readonly fail: () => void } {
  const failure = gate();
  return {
    fail: () => failure.open(),
    responder: {
      ...responder,
      async *respond(context) {
        yield { type: 'start' };
        await failure.opened;
        yield* responder.respond(context);
      },
    },
  };
}

describe.each(enginePlaces)(
  'what a provider repeats of a redacted text, on %s',
  (_name, create) => {
    test('is gone from failed runs, answers, streams and comparisons', async () => {
      await using place = await create();
      const responders = sourceOf(...failing);
      await using kit = await openKit({ engine: place.open(), responders });
      const { id } = await kit.thread();
      const [said] = await kit.say(id, 'CANARY');
      const models = ['lab/thrower', 'lab/breaker'] as const;
      for (const responder of failing) {
        await (
          await kit.owner.runs.start(id, { input: 'go', responder })
        ).done;
      }
      const { done } = await kit.owner.comparisons.create(id, { prompt: 'compare', models });
      const { id: comparisonId, left } = await done;
      expect(left.error?.message).toContain('CANARY');
      await kit.owner.items.redact(id, [said!.id]);
      expect(await everything(kit)).not.toContain('CANARY');
      const after = await kit.owner.comparisons.get(id, comparisonId);
      expect(after.left.error?.message).toBe('The model refused the request.');
      const chunks = [];
      for await (const { chunk } of kit.owner.streams.read(id, left.streamId)) chunks.push(chunk);
      expect(chunks.at(-1)).toEqual({ type: 'error', errorText: 'The model refused the request.' });
      for (const run of (await kit.owner.runs.list(id)).data) {
        expect(run).toMatchObject({ status: 'failed', error: { retryable: expect.any(Boolean) } });
      }
      await kit.store.close();
      expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
    });

    test('is gone from the runs and answers of forks, and from what is copied into them', async () => {
      await using place = await create();
      await using kit = await openKit({ engine: place.open() });
      const { id } = await kit.thread();
      const [said] = await kit.say(id, 'CANARY');
      await (
        await kit.owner.runs.start(id, { input: 'go', responder: thrower })
      ).done;
      const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
      const below = only(await kit.owner.threads.fork([{ threadId: fork.id }]));
      for (const threadId of [fork.id, below.id]) {
        for (const responder of failing) {
          await (
            await kit.owner.runs.start(threadId, { input: 'go', responder })
          ).done;
        }
      }
      await kit.owner.items.redact(id, [said!.id]);
      await settled(kit);
      expect(await everything(kit)).not.toContain('CANARY');
    });

    test('does not come back by a run that fails after the redaction', async () => {
      await using place = await create();
      await using kit = await openKit({ engine: place.open() });
      const { id } = await kit.thread();
      const [said] = await kit.say(id, 'CANARY');
      const { responder, fail } = held(breaker);
      const { run, done } = await kit.owner.runs.start(id, { input: 'go', responder });
      await kit.owner.streams.read(id, run.streamId).next(); // the model has its context
      await kit.owner.items.redact(id, [said!.id]);
      fail();
      expect((await done).status).toBe('failed');
      expect(await everything(kit)).not.toContain('CANARY');
    });
  },
);

test('beyond the first failed runs it is gone by a promised task, after a crash, too', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [said] = await kit.say(id, 'CANARY');
  for (const index of times(60, (i) => i)) {
    const responder = failing[index % 2]!;
    await (
      await kit.owner.runs.start(id, { input: `${index}`, responder })
    ).done;
  }
  const version = (await kit.owner.threads.get(id)).updatedAt;
  await kit.owner.items.redact(id, [said!.id]);
  await settled(kit);
  expect(await everything(kit)).not.toContain('CANARY');
  expect(await kit.rows(runs)).toHaveLength(60);
  expect((await kit.owner.threads.get(id)).updatedAt >= version).toBe(true);
});

test('errors of runs in other threads stay, and those without a redaction', async () => {
  await using kit = await openKit();
  const [{ id }, other] = [await kit.thread(), await kit.thread()];
  const [said] = await kit.say(id, 'gone');
  await kit.say(other.id, 'kept');
  await (
    await kit.owner.runs.start(other.id, { input: 'go', responder: thrower })
  ).done;
  await kit.owner.items.redact(id, [said!.id]);
  await settled(kit);
  expect((await kit.owner.runs.list(other.id)).data[0]!.error?.message).toContain('kept');
});

/** Each engine with each run. */
const cases = enginePlaces.flatMap(([name, create]) =>
  [0, 1, 2].map((round) => [name, round, create] as const),
);

test.each(cases)(
  `over random steps nothing redacted stays anywhere, on %s, run %i (SEED=${seed})`,
  async (_name, round, create) => {
    const random = seededRandom(seed + round);
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const threads = [(await kit.thread()).id];
    const said: { readonly threadId: string; readonly id: string; readonly text: string }[] = [];
    const open: (() => Promise<unknown>)[] = [];
    const gone: string[] = [];
    for (let step = 0; step < 40; step++) {
      const threadId = random.pick(threads);
      const kind = random.below(8);
      const target = said.length > 0 ? random.pick(said) : undefined;
      if (kind < 2 || target === undefined) {
        const text = `<${step}>`;
        const { id } = await kit.append(threadId, { text });
        said.push({ threadId, id, text });
      } else if (kind < 4) {
        const responder = random.pick(failing);
        const run = { input: 'go', responder, policy: 'interrupt' } as const;
        await (
          await kit.owner.runs.start(threadId, run)
        ).done;
      } else if (kind < 5) {
        const { responder, fail } = held(random.pick(failing));
        const run = { input: 'go', responder, policy: 'interrupt' } as const;
        const { done } = await kit.owner.runs.start(threadId, run);
        open.push(() => (fail(), done));
      } else if (kind < 6 && threads.length < 6) {
        threads.push(only(await kit.owner.threads.fork([{ threadId }])).id);
      } else {
        await kit.owner.items.redact(target.threadId, [target.id]);
        gone.push(target.text);
      }
    }
    for (const end of open) await end();
    await settled(kit);
    const all = await everything(kit);
    expect(gone.filter((text) => all.includes(text))).toEqual([]);
  },
);
