import { expect, test } from 'vitest';
import { put } from '../../records/records.ts';
import { votes } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  openKit,
  times,
  storedForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

test.each(enginePlaces)('on %s: compare, vote at once, rank, reopen', async (_name, create) => {
  await using place = await create();
  const models = ['lab/alpha', 'lab/beta'] as const;
  const options = (): { responders: Respondents } => ({ responders: new Respondents(models) });
  let kit = await openKit({ ...options(), engine: place.open() });
  const { id: threadId } = await kit.thread();
  const ids: string[] = [];
  for (const blind of [false, true]) {
    const { done } = await kit.owner.comparisons.create(threadId, { prompt: 'Hi', models, blind });
    ids.push((await done).id);
    kit.clock.advance(10);
  }
  const choices = times(6, (i) => (i % 2 === 0 ? 'left' : 'tie'));
  const cast = await Promise.allSettled(
    choices.map((choice) => kit.owner.comparisons.vote(threadId, ids[0]!, { choice })),
  );
  expect(cast.map(({ status }) => status).toSorted()).toEqual([
    ...times(3, () => 'fulfilled'),
    ...times(3, () => 'rejected'),
  ]);
  if (kit.engine.capabilities.shared) {
    // The same user votes differently through two servers at once: one vote is stored.
    await using second = await openKit({ ...options(), engine: place.open() });
    const both = await Promise.allSettled([
      kit.owner.comparisons.vote(threadId, ids[1]!, { choice: 'right' }),
      second.owner.comparisons.vote(threadId, ids[1]!, { choice: 'tie' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await kit.rows(votes)).toHaveLength(2);
    await kit.engine.commit({
      deletes: [{ table: votes, key: [storedForTesting(threadId), ids[1]!, 'owner'] }],
    });
  }
  const [row] = await kit.rows(votes);
  const more = times(1500, (i) => ({
    ...row!,
    comparisonId: `c${i}`,
    createdAt: row!.createdAt - 100_000 + Math.floor(i / 3),
  }));
  await kit.engine.commit({ puts: more.slice(0, 750).map((vote) => put(votes, vote)) });
  await kit.engine.commit({ puts: more.slice(750).map((vote) => put(votes, vote)) });
  const standings = await kit.owner.comparisons.leaderboard();
  expect([standings.votes, standings.isComplete]).toEqual([1501, true]);
  expect(await kit.owner.comparisons.leaderboard()).toEqual(standings);
  const turns = await kit.owner.comparisons.turns(threadId);
  expect(turns.data.map(({ model1Name }) => model1Name)).toEqual(['lab/alpha', null]);

  await kit.store.close();
  kit = await openKit({ ...options(), engine: place.open() });
  expect(await kit.owner.comparisons.turns(threadId)).toEqual(turns);
  expect(await kit.owner.comparisons.leaderboard()).toEqual(standings);
  await kit.store.close();
});
