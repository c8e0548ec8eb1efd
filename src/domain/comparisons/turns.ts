import { mustKnowOptions } from '../../shared/validate.ts';
import { comparisons, runs, type RunRow, type ThreadRow } from '../../records/tables.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { findItem, scanLog, throughId, type LogRow } from '../log/item-log.ts';
import { viewRows, type ShownRow } from '../log/item-view.ts';
import { textOf } from '../../shared/parts.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading, Visiting } from '../base/core.ts';
import { paginate, type ListSource } from '../base/paginate.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import { publicThreadId, type ItemId, type ThreadIdText } from '../../shared/ids.ts';
import type { Comparison, ComparisonSide, Turn } from '../../api/comparison.ts';
import { maskRuns } from '../runs/present-run.ts';
import { knownRuns } from '../runs/run-rights.ts';
import { presentComparisons, timeOf } from './present-comparison.ts';
import { knownComparisons } from './read-comparisons.ts';

/**
 * See `ComparisonsApi.turns`. A turn is an item of a user with its answer: the newest comparison of
 * it, the newest run with an answer, or, if no run is known (the host wrote the answer, or a fork
 * inherits it), the first answer that follows it in the thread.
 */
export function listTurns(
  reading: Reading,
  threadId: ThreadIdText,
  options: PageOptions = {},
): Promise<Page<Turn>> {
  const { core } = reading;
  return readThread(reading, threadId, (head, { principal }) => {
    mustKnowOptions(options, pageOptions);
    const reader: Reader = { core, principal, head };
    const source: ListSource<LogRow, Turn> = {
      list: `turns ${head.id}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) =>
        scanLog(core.records, head, {
          reverse: range.reverse,
          limit: range.limit,
          ...(range.after && { after: String(range.after[0]) }),
          ...(range.before && { before: String(range.before[0]) }),
        }),
      positionOf: ({ row }) => [row.id],
      present: (rows) => turnsOf(reader, rows),
    };
    return paginate(source, options);
  });
}

/** A caller that reads the turns of a thread. */
interface Reader extends Visiting {
  readonly head: ThreadRow;
}

async function turnsOf(reader: Reader, rows: readonly LogRow[]): Promise<(Turn | undefined)[]> {
  const { head } = reader;
  const shown = await viewRows(reader, head, 'current', rows);
  const turns: (Turn | undefined)[] = [];
  // A few at a time, since each turn takes several reads.
  for (let i = 0; i < shown.length; i += turnsAtOnce) {
    const step = shown.slice(i, i + turnsAtOnce);
    turns.push(
      ...(await Promise.all(
        step.map(async (row) => (row?.original.role === 'user' ? turnOf(reader, row) : undefined)),
      )),
    );
  }
  return turns;
}

const turnsAtOnce = 16;

async function turnOf(reader: Reader, { original, shown }: ShownRow): Promise<Turn> {
  const prompt = {
    ...none,
    messageId: original.id,
    threadId: publicThreadId(reader.head.id),
    promptText: textOf(shown.parts),
    createdAt: isoTime(original.createdAt),
  };
  const comparison = await findComparison(reader, original.id);
  if (comparison) return { ...prompt, ...(await comparedAnswers(reader, comparison)) };
  const run = await newestRunOf(reader, original.id);
  if (run) return { ...prompt, ...(await runAnswer(reader, run)) };
  return { ...prompt, ...(await followingAnswer(reader, original.id)) };
}

type Answers = Omit<Turn, 'messageId' | 'threadId' | 'promptText' | 'createdAt'>;

const none: Answers = {
  model1Name: null,
  model1Response: null,
  model1TimeMs: null,
  model2Name: null,
  model2Response: null,
  model2TimeMs: null,
  comparisonId: null,
  voteChoice: null,
};

async function findComparison(
  { core, principal, head }: Reader,
  inputItemId: ItemId,
): Promise<Comparison | undefined> {
  const rows = await core.records.scan(comparisons, {
    index: 'byInput',
    prefix: [head.id, inputItemId],
    reverse: true,
    limit: 1,
  });
  const [row] = await knownComparisons({ core, principal }, head, rows);
  const [comparison] = await presentComparisons({ core, principal }, row ? [row] : []);
  return comparison;
}

async function comparedAnswers(
  reader: Reader,
  { id, left, right, voteChoice }: Comparison,
): Promise<Partial<Answers>> {
  const textOfSide = ({ outputItemId }: ComparisonSide): Promise<string | null> =>
    textOfAnswer(reader, outputItemId);
  return {
    model1Name: left.model,
    model1Response: await textOfSide(left),
    model1TimeMs: left.timeMs,
    model2Name: right.model,
    model2Response: await textOfSide(right),
    model2TimeMs: right.timeMs,
    comparisonId: id,
    voteChoice,
  };
}

/** Of the last attempts, the newest with an answer, else the newest. */
async function newestRunOf(
  { core, principal, head }: Reader,
  inputItemId: ItemId,
): Promise<RunRow | undefined> {
  const rows = await core.records.scan(runs, {
    index: 'byInput',
    prefix: [head.id, inputItemId],
    reverse: true,
    limit: attemptsLookedAtMax,
  });
  const known = (await knownRuns({ core, principal }, head, rows)).filter(
    (row) => row !== undefined,
  );
  return known.find(({ outputItemId }) => outputItemId !== undefined) ?? known[0];
}

const attemptsLookedAtMax = 10;

async function runAnswer(reader: Reader, row: RunRow): Promise<Partial<Answers>> {
  const [run] = await maskRuns({ core: reader.core, principal: reader.principal }, [row]);
  return {
    model1Name: run?.model ?? run?.agent ?? null,
    model1Response: await textOfAnswer(reader, row.outputItemId),
    model1TimeMs: run ? timeOf(run) : null,
  };
}

/** The text that is now shown in the answer's place, for this caller. */
async function textOfAnswer(
  reader: Reader,
  itemId: ItemId | null | undefined,
): Promise<string | null> {
  const { core, head } = reader;
  if (itemId === undefined || itemId === null) return null;
  const answer = await findItem(core.records, head, itemId);
  const originalId = answer?.row.originalId;
  const original =
    originalId === undefined ? answer : await findItem(core.records, head, originalId);
  if (original === undefined) return null;
  const [shown] = await viewRows(reader, head, 'current', [original]);
  return shown ? textOf(shown.shown.parts) : null;
}

/** The first answer before the next item of a user. */
async function followingAnswer(reader: Reader, inputItemId: ItemId): Promise<Partial<Answers>> {
  const { core, head } = reader;
  const after = throughId(inputItemId);
  const rows = await scanLog(core.records, head, { after, limit: itemsLookedAtMax });
  for (const row of await viewRows(reader, head, 'current', rows)) {
    if (row?.original.role === 'user') break;
    if (row?.original.role === 'assistant') return { model1Response: textOf(row.shown.parts) };
  }
  return {};
}

const itemsLookedAtMax = 20;

const pageOptions = { limit: true, after: true, before: true } as const;
