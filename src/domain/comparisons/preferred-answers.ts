import { comparisons, votes, type ComparisonRow, type RunRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import type { Item } from '../../api/item.ts';

/**
 * Chooses between two answers side by side for later turns: a model gets the one that the caller
 * preferred, since two answers in a row would be a conversation that never took place. Without a
 * vote or after a tie it gets the left one, unless only the right one is whole. Reads nothing if no
 * item was answered twice.
 */
export async function preferredAnswers(
  core: Core,
  run: Pick<RunRow, 'threadId' | 'userId'>,
  items: readonly Item[],
  isPartial: (item: Item) => boolean,
): Promise<readonly Item[]> {
  const dropped = new Set<Item>();
  for (const [inputItemId, answers] of answeredTwice(items)) {
    const row = await findComparison(core, run, inputItemId);
    const left = answers.find(({ runId }) => runId === row?.leftRunId);
    const right = answers.find(({ runId }) => runId === row?.rightRunId);
    if (row === undefined || left === undefined || right === undefined) continue;
    const choice = await findChoice(core, run, row);
    const isOnlyRightWhole = choice === undefined && isPartial(left) && !isPartial(right);
    dropped.add(choice === 'right' || isOnlyRightWhole ? left : right);
  }
  return dropped.size === 0 ? items : items.filter((item) => !dropped.has(item));
}

function answeredTwice(items: readonly Item[]): [ItemId, Item[]][] {
  const byInput = new Map<ItemId, Item[]>();
  for (const item of items) {
    if (item.parentId === undefined || item.runId === undefined) continue;
    const answers = byInput.get(item.parentId);
    if (answers) answers.push(item);
    else byInput.set(item.parentId, [item]);
  }
  return [...byInput].filter(([, answers]) => answers.length > 1);
}

async function findComparison(
  core: Core,
  { threadId }: Pick<RunRow, 'threadId'>,
  inputItemId: ItemId,
): Promise<ComparisonRow | undefined> {
  const [row] = await core.records.scan(comparisons, {
    index: 'byInput',
    prefix: [threadId, inputItemId],
    reverse: true,
    limit: 1,
  });
  return row;
}

async function findChoice(
  core: Core,
  { threadId, userId }: Pick<RunRow, 'threadId' | 'userId'>,
  { id }: ComparisonRow,
): Promise<string | undefined> {
  if (userId === undefined) return undefined;
  return (await core.records.get(votes, [threadId, id, userId]))?.choice;
}
