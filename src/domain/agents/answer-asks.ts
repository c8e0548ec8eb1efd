import { deletion } from '../../records/records.ts';
import { asks, type AskRow, type ItemRow, type RunRow } from '../../records/tables.ts';
import type { Responder } from '../../api/responder.ts';
import { newUuidV7, type StoredThreadId } from '../../shared/ids.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import { agentPrefix } from '../../shared/validate.ts';
import { visit } from '../access/authorize.ts';
import type { Core, Drafting } from '../base/core.ts';
import { findAgent } from '../base/find-agent.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { findInDraft } from '../log/draft-items.ts';
import { mayAnswer } from '../participants/agents-in-thread.ts';
import { participantIn } from '../participants/participant-rows.ts';
import { createRuns } from '../runs/create-runs.ts';
import { finishInDraft, lapsed } from '../runs/finish-run.ts';
import type { NewAnswer } from '../runs/run-request.ts';
import { findRunsBy } from '../runs/run-rows.ts';
import { supervisorOf } from '../runs/run-supervisor.ts';

/** How many asks of a thread are looked at together. */
const asksMax = 1000;

/** A run that was begun for asks, and what this process needs to work on it. */
interface BegunRun {
  readonly run: RunRow;
  readonly answer: NewAnswer;
}

/**
 * Begins the run that answers what a thread's agents were asked first, unless a run is active in
 * the thread: then the end of that run promises the next look. The asks and the run change in one
 * commit, so that no ask is answered twice or lost, whichever server comes first.
 */
export async function answerAsks(core: Core, threadId: StoredThreadId): Promise<void> {
  if (core.responders === undefined || supervisorOf(core).isStopping) return;
  let begun: BegunRun | undefined;
  await writeIfThere(core, threadId, async (draft) => {
    begun = await beginNext({ core, draft });
  });
  if (begun === undefined) return;
  const { run, answer } = begun;
  const { projectId, userId } = run;
  // The work never rejects. It goes on while the next task begins.
  void supervisorOf(core).work(run, { projectId, ...(userId !== undefined && { userId }) }, answer);
}

async function beginNext(drafting: Drafting): Promise<BegunRun | undefined> {
  const { core, draft } = drafting;
  const prefix = [draft.head.id];
  const stored = await core.records.scan(asks, { prefix, limit: asksMax });
  if (stored.length === 0 || (await isBusy(drafting))) return undefined;
  let rest = stored.toSorted((a, b) => (a.itemId < b.itemId ? -1 : 1));
  while (rest.length > 0) {
    const group = togetherWith(rest[0]!, rest); // there is one
    rest = rest.filter((row) => !group.includes(row));
    const question = await questionOf(drafting, group);
    if (question === 'later') continue;
    for (const row of group) drop(drafting, row);
    if (question) return begin(drafting, question);
  }
  return undefined;
}

/** Whether a run is active in the thread. Ends those whose process has died. */
async function isBusy(drafting: Drafting): Promise<boolean> {
  for (const run of await findRunsBy(drafting, ['queued', 'running'])) {
    if ((run.leaseExpiresAt ?? 0) > drafting.draft.nowMs) return true;
    await finishInDraft(drafting, run, lapsed);
  }
  return false;
}

/** What an agent was asked meanwhile is answered together; a private question by itself. */
function togetherWith(first: AskRow, rows: readonly AskRow[]): readonly AskRow[] {
  if (first.isPrivate) return [first];
  return rows.filter((row) => row.agentId === first.agentId && !row.isPrivate);
}

interface AskedQuestion {
  readonly ask: AskRow;
  readonly item: ItemRow;
  readonly links: number;
}

/**
 * The newest of the items that still stands and whose asker still takes part. `undefined` if the
 * agent has nothing to answer; `later` if the asker has as many runs as one user may have.
 */
async function questionOf(
  drafting: Drafting,
  group: readonly AskRow[],
): Promise<AskedQuestion | 'later' | undefined> {
  const { core, draft } = drafting;
  const agent = await participantIn(drafting, group[0]!.agentId); // a group has rows
  if (!agent || agent.answers === 'never' || !mayAnswer(agent, draft.nowMs)) return undefined;
  const links = Math.min(...group.map((row) => row.links));
  for (const ask of group.toReversed()) {
    const item = await findInDraft(drafting, ask.itemId);
    if (!item || item.redactedAt !== undefined || item.visibility !== 'visible') continue;
    if (await hasGone(drafting, ask.userId)) continue;
    const { projectId } = draft.head;
    const active = supervisorOf(core).activeOf({ projectId, userId: ask.userId });
    if (active.length >= core.runOptions.runsPerUserMax) return 'later';
    return { ask, item, links };
  }
  return undefined;
}

async function hasGone(drafting: Drafting, userId: string): Promise<boolean> {
  if (userId === drafting.draft.head.ownerId) return false;
  const row = await participantIn(drafting, userId);
  return row?.state === 'banned' || row?.state === 'left';
}

function drop({ draft }: Drafting, row: AskRow): void {
  draft.delete(deletion(asks, [row.threadId, row.agentId, row.itemId], row));
}

async function begin(drafting: Drafting, { ask, item, links }: AskedQuestion): Promise<BegunRun> {
  const { core, draft } = drafting;
  const { agentId, userId } = ask;
  if (links === 1) await declineWaiting(drafting, ask);
  const responder = findAgent(core, agentId) ?? missing(agentId);
  const asker = { core, principal: { projectId: draft.head.projectId, userId } };
  const starting = {
    ...(await visit(asker, draft.head)),
    ...{ draft, items: [], prepared: [], ifVersion: undefined },
    requestId: newUuidV7(draft.nowMs),
    answers: [{ responder, choice: 'named', authorId: agentId, links } as const],
  };
  const question = { input: item, replacesId: undefined, isRetry: false, isNew: true };
  const { rows, answers } = await createRuns(starting, question, false);
  draft.updateHead({}); // so that only one of two servers finds no active run
  return { run: rows[0]!, answer: answers[0]! }; // one answer, one run
}

/** Who asks the same agent again without giving what it waits for has declined. */
async function declineWaiting(drafting: Drafting, { agentId, userId }: AskRow): Promise<void> {
  for (const run of await findRunsBy(drafting, ['interrupted'])) {
    const isTheirs = run.authorId === agentId && run.userId === userId;
    if (isTheirs) await finishInDraft(drafting, run, { status: 'cancelled' });
  }
}

/** Readers see an answer that failed, and why: the agent takes part, and cannot speak. */
function missing(agentId: string): Responder {
  const name = agentId.slice(agentPrefix.length);
  const message = `The agent ${name} is not in the configuration any more.`;
  const failure = new RunFailure({ code: 'invalid_request', message, retryable: false });
  return {
    name,
    kind: 'agent',
    isDemo: false,
    respond: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }) }),
  };
}
