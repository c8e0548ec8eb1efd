import assert from 'node:assert/strict';
import type { Expect } from '../engine.ts';
import { assertConflict, assertRow, putAll } from './expectations.ts';
import { entries, entry, step, steps, thread, threads } from './tables-for-tests.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';

/** Commits a marker row under these conditions. */
function commitIf({ engine }: Session, expects: readonly Expect[]): Promise<void> {
  return engine.commit({ puts: [{ table: entries, row: entry('marker', 'm') }], expects });
}

async function hasMarker({ engine }: Session): Promise<boolean> {
  return (await engine.get(entries, ['marker', 'm'])) !== undefined;
}

export const expectCases: Topic = {
  name: 'expects',
  cases: {
    'absent holds only for a missing row': {
      async run(session) {
        await putAll(session.engine, threads, [thread('t1')]);
        await assertConflict(
          commitIf(session, [{ table: threads, key: ['t1'], version: 'absent' }]),
        );
        assert(!(await hasMarker(session)));
        await commitIf(session, [{ table: threads, key: ['t2'], version: 'absent' }]);
        assert(await hasMarker(session));
      },
    },
    'a version holds only for a row of this version': {
      async run(session) {
        await putAll(session.engine, threads, [thread('t1', { version: 7 })]);
        for (const version of [6, 8, 0, -7]) {
          await assertConflict(commitIf(session, [{ table: threads, key: ['t1'], version }]));
        }
        const missing = { table: threads, key: ['t2'], version: 0 };
        await assertConflict(commitIf(session, [missing]));
        assert(!(await hasMarker(session)));
        await commitIf(session, [{ table: threads, key: ['t1'], version: 7 }]);
        assert(await hasMarker(session));
      },
    },
    'zero, negative numbers and the largest integer are valid versions': {
      async run(session) {
        for (const version of [0, -1, Number.MAX_SAFE_INTEGER]) {
          await putAll(session.engine, threads, [thread('t1', { version })]);
          await commitIf(session, [{ table: threads, key: ['t1'], version }]);
        }
      },
    },
    'several conditions on tables of one partition must all hold': {
      async run(session) {
        const { engine } = session;
        await putAll(engine, threads, [thread('t1', { version: 2 })]);
        await putAll(engine, entries, [entry('t1', 'e1')]);
        const version: Expect = { table: threads, key: ['t1'], version: 2 };
        const free: Expect = { table: entries, key: ['t1', 'e2'], version: 'absent' };
        const taken: Expect = { table: entries, key: ['t1', 'e1'], version: 'absent' };
        for (const expects of [
          [version, taken],
          [taken, version],
          [free, taken],
          [{ ...version, version: 3 }, free],
        ]) {
          await assertConflict(commitIf(session, expects));
        }
        assert(!(await hasMarker(session)));
        await commitIf(session, [free, version]);
        assert(await hasMarker(session));
      },
    },
    'conditions work in a partition of two columns': {
      async run(session) {
        await putAll(session.engine, steps, [step('t', 'r', 1, { version: 5 })]);
        const held: Expect = { table: steps, key: ['t', 'r', 1], version: 5 };
        const free: Expect = { table: steps, key: ['t', 'r', 2], version: 'absent' };
        await commitIf(session, [held, free]);
        await assertConflict(commitIf(session, [{ ...held, version: 4 }, free]));
      },
    },
    'a commit with only conditions checks them': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t1')]);
        await engine.commit({ expects: [{ table: threads, key: ['t1'], version: 1 }] });
        const wrong = { expects: [{ table: threads, key: ['t1'], version: 2 }] };
        await assertConflict(engine.commit(wrong));
        assertRow(await engine.get(threads, ['t1']), thread('t1'));
      },
    },
    'conditions see the state before the commit, not its own rows': {
      async run({ engine }) {
        const expects: Expect[] = [{ table: threads, key: ['t1'], version: 'absent' }];
        await engine.commit({ puts: [{ table: threads, row: thread('t1') }], expects });
        await engine.commit({
          deletes: [{ table: threads, key: ['t1'] }],
          expects: [{ table: threads, key: ['t1'], version: 1 }],
        });
        await engine.commit({ puts: [{ table: threads, row: thread('t1') }], expects });
        assertRow(await engine.get(threads, ['t1']), thread('t1'));
      },
    },
    'repeating a guarded commit conflicts': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t1')]);
        const commit = {
          puts: [{ table: threads, row: thread('t1', { version: 2 }) }],
          expects: [{ table: threads, key: ['t1'], version: 1 }],
        };
        await engine.commit(commit);
        await assertConflict(engine.commit(commit));
        assertRow(await engine.get(threads, ['t1']), thread('t1', { version: 2 }));
      },
    },
  },
};
