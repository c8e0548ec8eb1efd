import { expectAbsent, expectVersion, put } from '../../records/records.ts';
import { users, type UserRow } from '../../records/tables.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import type { Core } from '../base/core.ts';
import { kindOf } from './user-fields.ts';

/** Changes a user, whom the change may make. Writes nothing if it returns the row that it gets. */
export function writeUser(
  { records }: Core,
  [projectId, id]: readonly [projectId: string, userId: string],
  change: (row: UserRow) => UserRow,
): Promise<UserRow> {
  const key = [projectId, id];
  const unknown = { projectId, id, kind: kindOf(id), metadata: {}, version: 0 };
  return retryConflicts(async () => {
    const stored = await records.get(users, key);
    const old = stored ?? unknown;
    const changed = change(old);
    if (changed === old) return old;
    const row = { ...changed, version: old.version + 1 };
    const expects = [stored ? expectVersion(users, key, old.version) : expectAbsent(users, key)];
    await records.commit({ puts: [put(users, row, stored ?? null)], expects });
    return row;
  });
}
