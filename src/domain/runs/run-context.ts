import type { ThreadId } from '../../shared/ids.ts';
import type { Principal } from '../access/principal.ts';
import { preferredAnswers } from '../comparisons/preferred-answers.ts';
import type { Core } from '../core.ts';
import type { Item } from '../items/item.ts';
import { listItems } from '../items/list-items.ts';
import type { RunRow } from '../../records/tables.ts';
import { sizeBound } from '../validate.ts';
import { partialField } from './finish-run.ts';

/** The context of one turn. */
export interface RunContext {
  readonly items: readonly Item[];
  readonly continued: Item | undefined;
}

/**
 * What the model gets: a bounded window of the newest items, whatever the length of the thread, after the
 * system's instructions at its beginning. It ends with the item that is answered, or with the answer that
 * is continued.
 */
export async function readContext(
  core: Core,
  principal: Principal,
  run: RunRow,
): Promise<RunContext> {
  const { contextItemsMax, contextBytesMax } = core.runOptions;
  const page = await listItems(core, principal, run.threadId, {
    view: 'context',
    order: 'desc',
    limit: contextItemsMax,
  });
  const newest = page.data.toReversed();
  const replaced = newest.findIndex(({ id }) => id === run.replacesId);
  const found = newest[replaced];
  const continued = found?.runId === run.id ? found : undefined;
  const upTo = replaced < 0 ? newest : newest.slice(0, continued ? replaced + 1 : replaced);
  const window = fit(continued ? upTo : endWithInput(upTo, run), contextBytesMax);
  const isWhole = page.nextCursor === null && window.length === newest.length;
  const system = isWhole ? [] : await readInstructions(core, principal, run.threadId, window);
  const items = await preferredAnswers(core, run, [...system, ...window], isPartial);
  return { items, continued };
}

function isPartial({ metadata }: Item): boolean {
  return metadata[partialField] === true;
}

/** A run that waited for its turn answers an item before which, in the log, another answer has come. */
function endWithInput(items: readonly Item[], run: RunRow): readonly Item[] {
  const at = items.findIndex(({ id }) => id === run.inputItemId);
  const input = items[at];
  if (input === undefined || at === items.length - 1) return items;
  return [...items.slice(0, at), ...items.slice(at + 1), input];
}

/** The newest that fit, at least one; a window does not begin with the answer to a question that is cut off. */
function fit(items: readonly Item[], bytesMax: number): readonly Item[] {
  let bytes = 0;
  let start = items.length;
  while (start > 0) {
    bytes += items[start - 1]!.parts.reduce((sum, part) => sum + sizeBound(part), 0);
    if (bytes > bytesMax && start < items.length) break;
    start--;
  }
  if (start === 0) return items;
  const asked = items.findIndex(({ role }, i) => i >= start && role === 'user');
  return items.slice(asked < 0 ? start : asked);
}

/** Items of the system at the very beginning of the thread hold for all of it. */
async function readInstructions(
  core: Core,
  principal: Principal,
  threadId: ThreadId,
  window: readonly Item[],
): Promise<readonly Item[]> {
  const first = await listItems(core, principal, threadId, {
    view: 'context',
    limit: instructionsMax,
  });
  const end = first.data.findIndex(({ role }) => role !== 'system');
  const leading = end < 0 ? first.data : first.data.slice(0, end);
  return leading.filter(({ id }) => window.every((item) => item.id !== id));
}

const instructionsMax = 10;
