import { expect, test } from 'vitest';
import { openKit } from '../../test/support/store/store-kit-for-testing.ts';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { SkeinError } from '../shared/error.ts';

const responder = scripted(() => textChunks('An answer.'));

test('a call refuses an option that it does not have, as over HTTP', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const { run, done } = await kit.owner.runs.start(id, { input: 'Q', responder });
  await done;
  const { threads, items, edges, runs, comparisons, streams, scopes } = kit.owner;
  const ticket = { scopeType: 'ticket', scopeId: '1' };
  const misspelt = { limt: 5, idempotencykey: 'k' } as object;
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    'threads.list': () => threads.list(misspelt),
    'threads.forks': () => threads.forks(id, misspelt),
    'threads.live': () => threads.live(id, misspelt).next(),
    'threads.create': () => threads.create([{}], misspelt),
    'items.list': () => items.list(id, misspelt),
    'items.update': () => items.update(id, [], misspelt),
    'items.redact': () => items.redact(id, [], misspelt),
    'scopes.getOrCreate': () => scopes.getOrCreate([ticket], misspelt),
    'scopes.getOrCreateWithOutcome': () => scopes.getOrCreateWithOutcome(ticket, misspelt),
    'comparisons.vote': () => comparisons.vote(id, 'none', { choice: 'left' }, misspelt),
    'items.append': () => items.append(id, [{ role: 'user', text: 'x' }], misspelt),
    'edges.list': () => edges.list(id, misspelt),
    'runs.list': () => runs.list(id, misspelt),
    'runs.start': () => runs.start(id, { input: 'Q', responder }, misspelt),
    'runs.start, its input': () => runs.start(id, { input: 'Q', responder, ...misspelt }),
    'comparisons.list': () => comparisons.list(id, misspelt),
    'comparisons.turns': () => comparisons.turns(id, misspelt),
    'streams.read': () => streams.read(id, run.streamId, misspelt).next(),
  };
  const found: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) found[name] = await problemOf(call);
  const refused = Object.keys(calls).map((name) => [name, 'limt is not a known option']);
  expect(found).toEqual(Object.fromEntries(refused));
  expect((await items.list(id)).data).toHaveLength(2);
});

/** Where the problem is and what it is. A call may throw before it returns a promise. */
async function problemOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
    return 'taken';
  } catch (error) {
    if (!(error instanceof SkeinError)) throw error;
    return error.issues.map(({ path, message }) => `${path} ${message}`).join();
  }
}
