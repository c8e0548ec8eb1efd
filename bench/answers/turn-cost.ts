import { join } from 'node:path';
import { createStore, type ProjectApi } from 'skein';
import { createResponder } from 'skein/adapters/ai-sdk';
import { lsm } from 'skein/engines/lsm';
import { fillThread } from '../append-load.ts';
import { createTemporaryFolder } from '../cleanup.ts';
import { compareReads, type Read } from '../compare-reads.ts';
import type { Measure, Row } from '../measure.ts';
import { createScriptedModel } from './scripted-answers.ts';

/**
 * A whole turn, from the question to the stored answer, in a thread of 10,000 items against one of
 * 10. The model gets at most the newest 100 items; reading them and making messages of them is part
 * of the turn.
 */
export const turnCost: Measure = {
  name: 'turn-cost',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    await using store = await createStore({ engine: lsm({ path: join(folder.path, 'data') }) });
    const project = store.project('default').as({ userId: 'u1' });
    const [few, many] = [10, context.isQuick ? 1000 : 10_000];
    const turns = context.isQuick ? 5 : 20;
    const threadsMax = (turns + 3) * turnsPerRound;
    context.progress('filling the threads');
    await fill(project, 'many', many);
    // A turn makes its thread longer, so each of the short ones gets one.
    for (let i = 0; i < threadsMax; i++) await fill(project, `few-${i}`, few);
    const figures = await compareReads({
      ours: turnIn(project, () => 'many'),
      reference: turnIn(project, (i) => `few-${i}`),
      readers: 1,
      readsPerTurn: turnsPerRound,
      turns,
    });
    const row: Row = {
      ...figures,
      measure: `a turn in a thread of ${many.toLocaleString('en')} items`,
      against: `of ${few}`,
      bar: { kind: 'atMost', value: 1.5 },
    };
    return { rows: [row], notes: [] };
  },
};

const turnsPerRound = 10;

async function fill(project: ProjectApi, id: string, count: number): Promise<void> {
  await project.threads.create([{ id, title: 'A conversation' }]);
  await fillThread(project, id, count);
}

/** An answer of a hundred words. */
function turnIn(project: ProjectApi, threadOf: (i: number) => string): Read {
  return async (i) => {
    const responder = createResponder({
      name: 'sdk/model',
      model: createScriptedModel({ pieces: 100 }),
    });
    const { done } = await project.runs.start(threadOf(i), { input: 'And now?', responder });
    const { status } = await done;
    if (status !== 'completed') throw new Error(`The run is ${status}.`);
  };
}
