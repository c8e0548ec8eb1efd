/**
 * Who is to answer what. The commit that appends an item puts an ask for each agent that it calls,
 * and promises the task that begins to answer; nothing is decided again elsewhere.
 */
import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import {
  asks,
  taskQueue,
  type ItemRow,
  type ParticipantRow,
  type RunRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { mentionedIn, partsWithMentions } from '../../shared/mentions.ts';
import { agentPrefix, isAgentId } from '../../shared/validate.ts';
import { isConfidential } from '../access/may-derive.ts';
import type { Drafting } from '../base/core.ts';
import { agentsIn, mayAnswer } from '../participants/agents-in-thread.ts';

/** How many answers of agents follow a person's message in a chain of mentions, at most. */
const linksMax = 3;

/** The kind of the task that begins the runs which a thread's asks wait for. */
export const answerTask = 'answer-asks';

/**
 * Called with every append. Only what a person says calls agents: the answers of agents do it when
 * their run has ended (`passOn`).
 */
export function askAgents(drafting: Drafting, rows: readonly ItemRow[]): void | Promise<void> {
  if (!drafting.draft.head.hasAgents) return undefined;
  const said = rows.filter(isOfPerson);
  return said.length === 0 ? undefined : askFor(drafting, said);
}

/** An edit calls no agent: what it corrects has done so. */
function isOfPerson({ role, authorId, visibility, originalId, runId }: ItemRow): boolean {
  if (role !== 'user' || visibility !== 'visible' || (originalId ?? runId) !== undefined)
    return false;
  return authorId !== undefined && !isAgentId(authorId);
}

async function askFor(drafting: Drafting, said: readonly ItemRow[]): Promise<void> {
  const { answering } = drafting;
  for (const agent of await agentsThatMay(drafting)) {
    const { userId: agentId } = agent;
    if (answering?.includes(agentId)) continue;
    // Who starts a run has chosen who answers: only a mention asks for more.
    const isAlways = agent.answers === 'always' && answering === undefined;
    for (const item of said) {
      if (!isAlways && !mentionedIn(item.parts).includes(agentId)) continue;
      ask(drafting, item, { agentId, userId: item.authorId!, links: 1 }); // a person's item has one
    }
  }
}

async function agentsThatMay(drafting: Drafting): Promise<ParticipantRow[]> {
  const { nowMs } = drafting.draft;
  const agents = await agentsIn(drafting);
  return agents.filter((row) => row.answers !== 'never' && mayAnswer(row, nowMs));
}

/**
 * Called when a run ends. An agent's whole answer may call other agents, by mention only, so that
 * they cannot answer each other for ever. What waited for the run can begin.
 */
export async function passOn(
  drafting: Drafting,
  run: RunRow,
  answer: ItemRow | undefined,
): Promise<void> {
  const { core, draft } = drafting;
  if (!draft.head.hasAgents) return;
  if (answer && run.status === 'completed') await askMentioned(drafting, run, answer);
  const [waiting] = await core.records.scan(asks, { prefix: [draft.head.id], limit: 1 });
  if (waiting) promiseAnswers(draft);
}

async function askMentioned(drafting: Drafting, run: RunRow, answer: ItemRow): Promise<void> {
  const { authorId, userId, links = 1 } = run;
  if (authorId === undefined || userId === undefined || links >= linksMax) return;
  // What only one person reads calls no agent.
  if (isConfidential(answer)) return;
  const others = (await agentsThatMay(drafting)).filter((agent) => agent.userId !== authorId);
  const mentioned = namedIn(
    answer,
    others.map((agent) => agent.userId),
  );
  for (const agentId of mentioned) {
    const item = { ...answer, id: answer.originalId ?? answer.id };
    ask(drafting, item, { agentId, userId, links: links + 1 });
  }
}

/** Models write names, not parts: an agent is called by `@name`, too, which is unique. */
function namedIn({ parts }: ItemRow, agentIds: readonly string[]): readonly string[] {
  const agents = agentIds.map((id) => ({ id, displayName: id.slice(agentPrefix.length) }));
  const named = parts.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? partsWithMentions(text, agents) : [],
  );
  const ids = new Set([...mentionedIn(parts), ...mentionedIn(named)]);
  return agentIds.filter((id) => ids.has(id));
}

function ask(
  { core, draft }: Drafting,
  item: Pick<ItemRow, 'id' | 'private'>,
  who: { readonly agentId: string; readonly userId: string; readonly links: number },
): void {
  const row = {
    ...who,
    threadId: draft.head.id,
    itemId: item.id,
    isPrivate: item.private,
    dueAt: draft.nowMs + core.runOptions.leaseMs,
  };
  draft.put(put(asks, row, null));
  promiseAnswers(draft);
}

/** One task for a commit is enough: it looks at all asks of the thread. */
function promiseAnswers(draft: ThreadDraft): void {
  if (draft.promised.some(({ kind }) => kind === answerTask)) return;
  const task = newTask(draft.nowMs, { kind: answerTask, threadId: draft.head.id });
  draft.put(put(taskQueue, task, null));
}
