import { join } from 'node:path';
import { createStore, type ProjectApi } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { memory } from 'skein/engines/memory';
import { textOf } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads, type Read } from './compare-reads.ts';
import { countWrites } from './count-writes.ts';
import type { Measure } from './measure.ts';

const addedPerCall = 100;

/** Appends to a channel with very many participants, against the same to one with ten. */
export const channelAppends: Measure = {
  name: 'channel-appends',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const path = join(folder.path, 'data');
    const many = context.isQuick ? 5000 : 100_000;
    context.progress(`adding ${many.toLocaleString('en')} participants`);
    await using store = await createStore({ engine: lsm({ path }) });
    const project = store.project('default').as({ userId: 'owner' });
    await project.threads.create([
      { id: 'few', mode: 'channel' },
      { id: 'many', mode: 'channel' },
    ]);
    await addParticipants(project, 'few', 10);
    await addParticipants(project, 'many', many);
    const appendTo =
      (id: string): Read =>
      (i) =>
        project.items.append(id, [{ role: 'user', text: textOf(i) }]);
    const figures = await compareReads({
      ours: appendTo('many'),
      reference: appendTo('few'),
      readers: 8,
      readsPerTurn: 400,
      turns: context.isQuick ? 6 : 20,
    });
    const measure = `append to a channel of ${many.toLocaleString('en')}, 8 writers`;
    return {
      rows: [{ ...figures, measure, against: 'of 10', bar: { kind: 'atMost', value: 1.2 } }],
      notes: [],
    };
  },
};

const groupSize = 1000;
const appendsPerSecond = 20;

/**
 * The rows of participants that a busy group writes, which keep it near the top of their lists. The
 * seconds are those of the store's own clock, so nothing depends on the speed of the machine.
 */
export const groupAppends: Measure = {
  name: 'group-appends',
  async run({ isQuick }) {
    let nowMs = Date.UTC(2026, 0, 1);
    const { engine, written } = countWrites(memory());
    await using store = await createStore({ engine, clock: () => nowMs });
    const project = store.project('default').as({ userId: 'owner' });
    await project.threads.create([{ id: 'group', mode: 'group' }]);
    await addParticipants(project, 'group', groupSize - 1);
    const seconds = isQuick ? 10 : 120;
    const before = written('participants');
    for (let i = 0; i < seconds * appendsPerSecond; i++) {
      nowMs += 1000 / appendsPerSecond;
      await project.items.append('group', [{ role: 'user', text: textOf(i) }]);
    }
    return {
      rows: [
        {
          measure: `participants' rows written, a group of ${groupSize.toLocaleString('en')}, ${appendsPerSecond} appends a second`,
          unit: 'a second',
          ours: (written('participants') - before) / seconds,
          reference: groupSize * appendsPerSecond,
          against: 'a row each at every append',
          bar: { kind: 'upTo', value: 11 },
        },
      ],
      notes: [],
    };
  },
};

async function addParticipants(project: ProjectApi, id: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += addedPerCall) {
    const size = Math.min(addedPerCall, count - first);
    const people = Array.from({ length: size }, (_, i) => ({ userId: `user-${first + i}` }));
    await project.participants.add(id, people);
  }
}
