import { readThread } from '../access/read-thread.ts';
import type { Reading } from '../base/core.ts';
import type { Item } from '../../api/item.ts';
import { sizeBound } from '../../shared/validate.ts';
import type { RunRow, ThreadRow } from '../../records/tables.ts';
import { ContextLog, type ContextEntry, type ContextEntries } from './context-log.ts';
import { partialField } from './store-answer.ts';

/** The context of one turn. */
interface RunContext {
  readonly items: readonly Item[];
  readonly continued: Item | undefined;
}

/**
 * What the model gets: the item to answer, or the answer to continue, preceded by a bounded window
 * of what had been said by then, whatever the length of the thread, and by the system's
 * instructions at its beginning. Later items are left out, except the answers to earlier questions,
 * which a run may have waited for. For private items see `ContextLog`.
 */
export function readContext(reading: Reading, run: RunRow): Promise<RunContext> {
  return readThread(reading, run.threadId, (head) => read(reading, head, run));
}

async function read(reading: Reading, head: ThreadRow, run: RunRow): Promise<RunContext> {
  const { core } = reading;
  const { contextItemsMax, contextBytesMax } = core.runOptions;
  const log = await ContextLog.open(reading, head, run.inputItemId);
  const { before, last, isContinued } = await readAsked(log, run, contextItemsMax);
  const isNewest = last === undefined || last.originalId === head.lastItemId;
  const late = isNewest ? [] : await log.answersAfter(last.originalId, contextItemsMax);
  const said = behindQuestions(before.entries, late);
  const whole = [...said, ...(last ? [last.item] : [])];
  const window = fit(whole, contextBytesMax);
  const isWhole = before.isWhole && window.length === whole.length;
  const system = isWhole ? [] : await readInstructions(log, window);
  let items: readonly Item[] = [...system, ...window];
  for (const onContext of core.hooks.onContext) {
    items = await onContext(core, run, items, isPartial);
  }
  return { items, continued: isContinued ? last?.item : undefined };
}

interface Asked {
  readonly before: ContextEntries;
  /** The item at the end of the context, if it still exists. */
  readonly last: ContextEntry | undefined;
  /** It is the answer to continue. */
  readonly isContinued: boolean;
}

/** The item to answer, or the answer to continue, with the preceding items: usually in one scan. */
async function readAsked(log: ContextLog, run: RunRow, countMax: number): Promise<Asked> {
  const { id, inputItemId, replacesId } = run;
  const replaced = await log.find(replacesId);
  const isContinued = replaced?.item.runId === id;
  if (!isContinued) {
    const through = await log.through(inputItemId, countMax);
    const last = through.entries.at(-1);
    if (last && last.originalId === inputItemId) {
      return { before: { ...through, entries: through.entries.slice(0, -1) }, last, isContinued };
    }
  }
  // It is shown in another item's place, or is gone.
  const last = isContinued ? replaced : await log.find(inputItemId);
  const before = await log.before(last?.originalId ?? inputItemId, countMax - 1);
  return { before, last, isContinued };
}

function isPartial({ metadata }: Item): boolean {
  return metadata[partialField] === true;
}

/**
 * If several questions were asked before the first was answered, moves each answer after its
 * question. Late answers to questions outside the window are dropped.
 */
function behindQuestions(entries: readonly ContextEntry[], late: readonly ContextEntry[]): Item[] {
  const groups = new Map<ContextEntry, Item[]>();
  const byId = new Map<string, ContextEntry>();
  for (const entry of entries) {
    groups.set(entry, [entry.item]);
    byId.set(entry.originalId, entry).set(entry.item.id, entry);
  }
  for (const entry of [...entries, ...late]) {
    const question = questionOf(entry, byId);
    if (question === undefined) continue;
    groups.delete(entry);
    groups.get(question)!.push(entry.item); // an item that is not an answer keeps its group
  }
  return [...groups.values()].flat();
}

/** The question that an answer finally answers, since it may answer another answer. */
function questionOf(
  entry: ContextEntry,
  byId: ReadonlyMap<string, ContextEntry>,
): ContextEntry | undefined {
  let question: ContextEntry | undefined;
  for (let at: ContextEntry | undefined = entry; at && isAnswer(at.item); at = question) {
    const parent = byId.get(at.item.parentId!);
    if (parent === undefined || parent.originalId >= at.originalId) return undefined;
    question = parent;
  }
  return question;
}

function isAnswer({ role, runId, parentId }: Item): boolean {
  return role === 'assistant' && runId !== undefined && parentId !== undefined;
}

/**
 * The newest items that fit, at least one. A window does not begin with the answer to a question
 * outside it.
 */
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

/** The system's items at the very beginning of the thread apply to all of it. */
async function readInstructions(
  log: ContextLog,
  window: readonly Item[],
): Promise<readonly Item[]> {
  const first = await log.first(instructionsMax);
  const end = first.findIndex(({ role }) => role !== 'system');
  const leading = end < 0 ? first : first.slice(0, end);
  return leading.filter(({ id }) => window.every((item) => item.id !== id));
}

const instructionsMax = 10;
