import type { VersionOptions } from '../../api/write-options.ts';
import { shownVersion } from '../../records/change-mark.ts';
import type { ThreadRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { mustInteger } from '../../shared/validate.ts';

/**
 * Throws `precondition_failed` unless the thread has the version, or one of the versions, that the
 * caller has read. The head must be that of a draft, whose commit is guarded by its version.
 */
export function mustMatchVersion(head: ThreadRow, ifVersion: VersionOptions['ifVersion']): void {
  if (ifVersion === undefined) return;
  const versions: readonly unknown[] = Array.isArray(ifVersion) ? ifVersion : [ifVersion];
  for (const version of versions) mustInteger(version, 'ifVersion', 0, Number.MAX_SAFE_INTEGER);
  const current = shownVersion(head);
  if (versions.includes(current)) return;
  const expected = versions.length === 0 ? 'any that was named' : versions.join(' or ');
  throw new SkeinError(
    'precondition_failed',
    `The thread is at version ${current}, not ${expected}; read it again and retry.`,
  );
}
