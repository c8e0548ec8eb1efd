import type { StoreProjectApi } from 'skein';
import type { CuttingEngine } from './cutting-engine.ts';
import { putChat } from './fill-checkpoints.ts';
import { untilChunks } from './fill-runs.ts';
import type { Filling } from './filling.ts';

/**
 * Leaves a store as a power failure does: a run in the middle of its answer and one that waits for
 * it, a half-finished purge, and tasks of every kind that were not begun.
 */
export async function leaveTasks(filling: Filling, cutting: CuttingEngine): Promise<void> {
  const ada = filling.as('ada');
  const tasks = await prepareTasks(filling);
  await leaveRuns(filling, ada);
  filling.pass();
  cutting.cut(2);
  // The first task gets as far as two commits; the others of its kind wait for it.
  await ada.threads.delete(['wait-half']);
  await cutting.untilPromised(1);
  for (const [i, promise] of tasks.entries()) {
    filling.pass();
    // Some calls wait for the work that they promise, and never return.
    promise(ada).catch(() => undefined);
    await cutting.untilPromised(i + 2);
  }
}

type Promising = (ada: StoreProjectApi) => Promise<unknown>;

/** Creates what the tasks are about. Each function promises one task. */
async function prepareTasks(filling: Filling): Promise<Promising[]> {
  await source(filling, 'wait-half');
  await filling.thread({ id: 'wait-plain', title: 'To be purged', tags: ['all'] });
  await filling.say('wait-plain', ['a', 'b', 'c']);
  await source(filling, 'wait-source');
  const redacted = await source(filling, 'wait-redact');
  const hidden = await source(filling, 'wait-refresh');
  const both = await source(filling, 'wait-redact-purge');
  for (const step of [0, 1, 2]) await putChat(filling, 'wait-chat', step, ['x: one', `y: ${step}`]);
  await filling.as('ada').checkpoints.copy('wait-chat', 'wait-chat-copy');
  const scoped = await filling
    .as('ada')
    .scopes.getOrCreate([{ scopeType: 'order', scopeId: 'waiting' }]);
  return [
    (ada) => ada.threads.delete(['wait-plain']),
    (ada) => ada.threads.delete(['wait-source']),
    (ada) => ada.items.redact('wait-redact', [redacted]),
    (ada) => ada.items.update('wait-refresh', [{ id: hidden, visibility: 'archived' }]),
    (ada) => ada.items.redact('wait-redact-purge', [both]),
    (ada) => ada.threads.delete(['wait-redact-purge']),
    (ada) => ada.threads.delete(['wait-chat']),
    (ada) => ada.threads.delete(scoped.map(({ id }) => id)),
  ];
}

/** A thread with two forks, one of which has edited the item whose id this returns. */
async function source(filling: Filling, id: string): Promise<string> {
  await filling.thread({ id, title: `Source ${id}`, visibility: 'public', tags: ['all'] });
  const items = await filling.say(id, ['one', 'two', 'three']);
  const named = items[2]!.id;
  const fork = await filling.fork(id, named);
  await filling.say(fork.id, [{ text: 'three, edited in the fork', replacesId: named }, 'four']);
  const other = await filling.fork(id, named, filling.as('ben'));
  await filling.fork(other.id, named, filling.as('ben'));
  return named;
}

async function leaveRuns(filling: Filling, ada: StoreProjectApi): Promise<void> {
  await filling.thread({ id: 'left-running', title: 'A server died here' });
  const running = await ada.runs.start('left-running', { input: 'To be left', model: 'lab/hangs' });
  await untilChunks(filling, running, 'left-running', 5);
  await ada.runs.start('left-running', { input: 'Waits', model: 'lab/alpha', policy: 'enqueue' });
}
