/** A fork's own copies of the items that it inherits from a thread that is being purged. */
import type { Stretch } from '../base/hooks.ts';
import { put } from '../../records/records.ts';
import { items, overlays, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { mayDerive } from '../access/may-derive.ts';
import { withNeutralErrors } from '../log/item-view.ts';
import { decideMark } from '../log/decide-marks.ts';
import { throughId } from '../log/item-log.ts';
import { writeIfThere } from '../forks/owe-forks.ts';

export async function copyItems(core: Core, stretch: Stretch, fork: ThreadRow): Promise<void> {
  let after = stretch.after;
  for (;;) {
    const rows = await core.records.scan(items, {
      prefix: [stretch.threadId],
      before: [throughId(stretch.through!)], // an inherited stretch has an end
      limit: 200,
      ...(after && { after: [after] }),
    });
    const copies = await Promise.all(rows.map((row) => copyFor(core, row, stretch, fork)));
    await writeIfThere(core, fork.id, (draft) => {
      for (const copy of copies) if (copy) draft.put(put(items, copy));
    });
    after = rows.at(-1)?.id;
    if (rows.length < 200) return;
  }
}

/**
 * An item as it was at the fork. Its version belonged to the source; in the fork it precedes all
 * others.
 */
async function copyFor(
  core: Core,
  row: ItemRow,
  stretch: Stretch,
  fork: ThreadRow,
): Promise<ItemRow | undefined> {
  const replacedById =
    row.replacedById === undefined || row.replacedById <= stretch.through!
      ? row.replacedById
      : await revisionWithin(core, row, stretch);
  // The private item that came before it may not come along.
  const { sawPrivate } = await decideMark(core, fork, row);
  // The runs stay behind, by which a redaction finds what providers said.
  const copied = withNeutralErrors(row);
  // What people have attached to it in the source stays there.
  const alone = { threadId: fork.id, commitVersion: 0, annotations: undefined };
  const copy = { ...copied, ...alone, replacedById, sawPrivate };
  return stretch.limited ? limitedCopy(core, copy) : copy;
}

/** A copy from a limited stretch (`Ancestor.limited`) may contain only the public view. */
async function limitedCopy(core: Core, copy: ItemRow): Promise<ItemRow | undefined> {
  const originalId = copy.originalId ?? copy.id;
  const overlay = await core.records.get(overlays, [copy.threadId, originalId]);
  const visibility = overlay?.sourceVisibility ?? copy.visibility;
  if (visibility !== 'visible' || !mayDerive(copy, 'everybody')) return undefined;
  // Earlier revisions are history, which a limited stretch does not include.
  return copy.replacedById === undefined
    ? { ...copy, visibility }
    : { ...copy, visibility, parts: [], metadata: {} };
}

async function revisionWithin(
  core: Core,
  row: ItemRow,
  stretch: Stretch,
): Promise<ItemRow['id'] | undefined> {
  const [newest] = await core.records.scan(items, {
    index: 'byOriginal',
    prefix: [row.threadId, row.originalId ?? row.id],
    before: [throughId(stretch.through!)], // an inherited stretch has an end
    reverse: true,
    limit: 1,
  });
  return newest && newest.id > row.id ? newest.id : undefined;
}
