/** What readers saw of a thread at a version of it. */
import { changes, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import { mayDerive } from '../access/may-derive.ts';
import type { Core, Visiting } from '../base/core.ts';
import { decideMarks } from '../log/decide-marks.ts';
import { scanLog, type LogRow } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';

/**
 * What stood in the place of each row at that version, for readers who take no part; `undefined`
 * where they saw nothing, or where it was redacted since. What a fork inherits is shown as it is
 * now: its amendments are in another thread.
 */
export async function frozenRows(
  visiting: Visiting,
  head: ThreadRow,
  version: number,
  rows: readonly LogRow[],
): Promise<(ItemRow | undefined)[]> {
  const { core } = visiting;
  const shown: (ItemRow | undefined)[] = [];
  for (const logRow of rows) {
    const isOwn = logRow.row.threadId === head.id;
    shown.push(
      isOwn ? await rowAt(core, head, logRow.row, version) : await now(visiting, head, logRow),
    );
  }
  const found = shown.filter((row) => row !== undefined);
  const decided = await decideMarks(core, head, found);
  const open = new Set(decided.filter((row) => mayDerive(row, 'everybody')).map(({ id }) => id));
  return shown.map((row) => (row && open.has(row.id) ? row : undefined));
}

async function now(
  visiting: Visiting,
  head: ThreadRow,
  logRow: LogRow,
): Promise<ItemRow | undefined> {
  const [seen] = await viewRows(visiting, head, 'current', [logRow]);
  return seen?.shown;
}

async function rowAt(
  core: Core,
  head: ThreadRow,
  row: ItemRow,
  version: number,
): Promise<ItemRow | undefined> {
  if (row.originalId !== undefined || row.commitVersion > version) return undefined;
  if (row.redactedAt !== undefined) return undefined;
  if ((await visibilityAt(core, row, version)) !== 'visible') return undefined;
  const shown = row.replacedById === undefined ? row : await revisionAt(core, head, row, version);
  return shown.redactedAt === undefined ? shown : undefined;
}

/** The first change after the version tells what was before it. */
async function visibilityAt(core: Core, row: ItemRow, version: number): Promise<string> {
  let after: number = version;
  for (;;) {
    const later = await core.records.scan(changes, {
      index: 'byItem',
      prefix: [row.threadId, row.id],
      after: [after],
      limit: stepMax,
    });
    const change = later.find(({ type }) => type === 'visibility');
    // Changes of older versions do not say: such an item is not shown.
    if (change) return change.was ?? 'archived';
    if (later.length < stepMax) return row.visibility;
    after = later.at(-1)!.version; // a full step is not empty
  }
}

/** The newest revision up to the version: the row itself if it was edited only later. */
async function revisionAt(
  core: Core,
  head: ThreadRow,
  row: ItemRow,
  version: number,
): Promise<ItemRow> {
  let before: string | undefined;
  for (;;) {
    const revisions = await scanLog(core.records, head, {
      index: { name: 'byOriginal', value: row.id },
      reverse: true,
      limit: stepMax,
      ...(before !== undefined && { before }),
    });
    const found = revisions.find((revision) => revision.row.commitVersion <= version);
    if (found) return { ...found.row, visibility: 'visible' };
    if (revisions.length < stepMax) return row;
    before = revisions.at(-1)!.row.id; // a full step is not empty
  }
}

const stepMax = 100;
