import { describe, expect, test } from 'vitest';
import type { Table } from '../../engine/engine.ts';
import { sqliteDialect } from '../sqlite/sqlite-schema.ts';
import { GroupCommitter, type CommitOutcome } from './group-committer.ts';
import { planCommit, type PlannedCommit } from './planned-commit.ts';
import { SqlTable } from './sql-table.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const notes: Table = {
  name: 'notes',
  id: 1,
  columns: { id: { type: 'int' }, parts: { type: 'json' } },
  key: ['id'],
  partition: 1,
  indexes: [],
};
const table = new SqlTable(sqliteDialect, notes);

/** A commit of one row with texts of so many characters. */
function commitOf(id: number, ...lengths: readonly number[]): PlannedCommit {
  const parts = lengths.map((length) => ({ type: 'text', text: 'x'.repeat(length) }));
  return planCommit({ puts: [{ table: notes, row: { id, parts } }] }, () => table);
}

function idsOf(group: readonly PlannedCommit[]): unknown[] {
  return group.map(({ changes }) => [...changes.values()][0]?.key[0]);
}

function committerOf(
  write: (
    group: readonly PlannedCommit[],
  ) => Promise<readonly (CommitOutcome | Promise<CommitOutcome>)[]>,
  groupsMax = 1,
): GroupCommitter {
  return new GroupCommitter({ write, turns: 1, groupsMax, heldUpMs: 1, isDisjoint: true });
}

const mebi = 1024 * 1024;

describe('group commit', () => {
  test('bounds a group by the weight of its rows; a commit that is heavier is a group by itself', async () => {
    const groups: unknown[][] = [];
    const committer = committerOf(async (group) => {
      groups.push(idsOf(group));
      await new Promise((resolve) => setImmediate(resolve));
      return group.map(() => undefined);
    });
    const heavy = [1, 2, 3, 4].map((id) => commitOf(id, mebi, 2 * mebi));
    const all = [...heavy, commitOf(5, 20 * mebi), commitOf(6, 10), commitOf(7, 10)];
    await Promise.all(all.map((commit) => committer.commit(commit)));
    expect(groups).toEqual([[1, 2], [3, 4], [5], [6, 7]]);
  });

  test('answers each commit when its outcome is there, and keeps the group under way until the last', async () => {
    const late = Promise.withResolvers<CommitOutcome>();
    const groups: unknown[][] = [];
    const committer = committerOf((group) => {
      groups.push(idsOf(group));
      return Promise.resolve(group.map((_, i) => (i === 1 ? late.promise : undefined)));
    });
    const first = committer.commit(commitOf(1));
    let isSecondDone = false;
    const second = committer.commit(commitOf(2)).then(() => (isSecondDone = true));
    await first;
    const third = committer.commit(commitOf(3));
    await someTurns();
    expect([groups, isSecondDone]).toEqual([[[1, 2]], false]);
    late.resolve(undefined);
    await Promise.all([second, third]);
    expect(groups).toEqual([[1, 2], [3]]);
  });
});
