import { readThreadAt } from '../access/read-thread.ts';
import type { Reading, Visiting } from '../base/core.ts';
import type { Item, Part } from '../../api/item.ts';
import type { RunRow, ThreadRow } from '../../records/tables.ts';
import { ContextLog, type ContextEntry, type ContextEntries } from './context-log.ts';
import { fitWindow } from './context-window.ts';
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
export function readContext(reading: Reading, run: RunRow, view: ContextView): Promise<RunContext> {
  return readThreadAt(reading, run.threadId, (head, visiting) => read(visiting, head, run, view));
}

export interface ContextView {
  /** How many tokens the model's window has for the items; absent if that is not known. */
  readonly contextTokensMax: number | undefined;
  /** The parts with which the answer begins, if it goes on from another. */
  readonly kept: readonly Part[] | undefined;
}

/** Of UTF-8, in all languages: some take more, few less. */
const bytesPerToken = 3;

async function read(
  reading: Visiting,
  head: ThreadRow,
  run: RunRow,
  { contextTokensMax, kept }: ContextView,
): Promise<RunContext> {
  const { core } = reading;
  const { contextItemsMax, contextBytesMax } = core.runOptions;
  const tokens = contextTokensMax && contextTokensMax * bytesPerToken;
  const bytesMax = tokens ?? contextBytesMax;
  const log = await ContextLog.open(reading, head, run);
  const { before, last, isContinued } = await readAsked(log, run, contextItemsMax, kept);
  const isNewest = last === undefined || last.originalId === head.lastItemId;
  const late = isNewest ? [] : await log.answersAfter(last.originalId, contextItemsMax);
  const said = behindQuestions(before.entries, late);
  const question = isContinued ? (await log.find(run.inputItemId))?.item : undefined;
  const isLost = question !== undefined && said.every(({ id }) => id !== question.id);
  const earlier = isLost ? question : await findBeginning(log, before);
  const whole = [...(earlier ? [earlier] : []), ...said, ...(last ? [last.item] : [])];
  const asked = new Set([question, last?.item].flatMap((item) => item?.id ?? []));
  const window = fitWindow(whole, { bytesMax, asked, isWhole: before.isWhole });
  const isWhole = before.isWhole && window.length === whole.length;
  const system = isWhole ? [] : await readInstructions(log, window);
  let items: readonly Item[] = [...system, ...window];
  for (const onContext of core.hooks.onContext) {
    items = await onContext(core, run, items, isPartial);
  }
  // As the model gets it: it may have been shortened.
  return { items, continued: isContinued ? items.at(-1) : undefined };
}

/** Before a window that is nearly all the model's, as in long work with tools: its question. */
async function findBeginning(
  log: ContextLog,
  { entries, isWhole }: ContextEntries,
): Promise<Item | undefined> {
  const first = entries[0];
  const user = entries.findIndex(({ item }) => item.role === 'user');
  if (isWhole || first === undefined || (user >= 0 && user <= entries.length / 2)) return undefined;
  const { entries: earlier } = await log.before(first.originalId, earlierMax);
  return earlier.findLast(({ item }) => item.role === 'user')?.item;
}

const earlierMax = 500;

interface Asked {
  readonly before: ContextEntries;
  /** The item at the end of the context, if it still exists. */
  readonly last: ContextEntry | undefined;
  /** It is the answer to continue. */
  readonly isContinued: boolean;
}

/** The item to answer, or the answer to continue, with the preceding items: usually in one scan. */
async function readAsked(
  log: ContextLog,
  run: RunRow,
  countMax: number,
  kept: readonly Part[] | undefined,
): Promise<Asked> {
  const { id, inputItemId, replacesId } = run;
  const found = await log.find(replacesId);
  const isOwn = found?.item.runId === id;
  const isContinued = isOwn || (found !== undefined && kept !== undefined);
  // Of another attempt's answer only the results of its tools go on.
  const parts = isOwn ? undefined : kept;
  const replaced = found && parts ? { ...found, item: { ...found.item, parts } } : found;
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
