/** Which answers are those of agents that take part in the thread. */
import type { ParticipantRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { mentionedIn } from '../../shared/mentions.ts';
import { agentIdOf, findAgent } from '../base/find-agent.ts';
import type { Drafting } from '../base/core.ts';
import { agentsIn, mayAnswer } from '../participants/agents-in-thread.ts';
import { participantIn } from '../participants/participant-rows.ts';
import type { NewAnswer, Starting } from './run-request.ts';

/**
 * An answer by an agent that takes part has the agent's own id. In a comparison it has none, which
 * would tell who wrote it. Throws `forbidden` for an agent that is banned or muted.
 */
export async function asAgent(drafting: Drafting, answer: NewAnswer): Promise<NewAnswer> {
  const { core, draft } = drafting;
  if (!draft.head.hasAgents || answer.comparisonId !== undefined) return answer;
  const authorId = answer.authorId ?? agentIdOf(core, answer.responder);
  const row = authorId === undefined ? undefined : await participantIn(drafting, authorId);
  if (row === undefined || row.state === 'left') return answer;
  if (mayAnswer(row, draft.nowMs)) return { ...answer, authorId };
  throw new SkeinError(
    'forbidden',
    `${row.userId} is banned or muted in this thread, so it cannot answer.`,
  );
}

/**
 * The start of runs where agents take part: who names no model asks the agent that the input
 * mentions, else one that always answers, else any that answers at all.
 */
export async function withAgents(starting: Starting): Promise<Starting> {
  if (!starting.draft.head.hasAgents) return starting;
  const answers: NewAnswer[] = [];
  for (const answer of starting.answers) {
    const chosen = isOpen(starting, answer) ? await chooseAgent(starting, answer) : answer;
    answers.push(await asAgent(starting, chosen));
  }
  const answering = answers.flatMap(({ authorId }) => authorId ?? []);
  return { ...starting, answers, answering };
}

/** What goes on or stands in the place of an answer is answered as that was. */
function isOpen({ replacesId, retriesId }: Starting, { choice, comparisonId }: NewAnswer): boolean {
  return choice === 'default' && (replacesId ?? retriesId ?? comparisonId) === undefined;
}

async function chooseAgent(starting: Starting, answer: NewAnswer): Promise<NewAnswer> {
  const { core, draft, prepared } = starting;
  const mentioned = mentionedIn(prepared.flatMap(({ content }) => content.parts));
  const rank = ({ userId, answers }: ParticipantRow): number =>
    mentioned.includes(userId) ? 0 : answers === 'always' ? 1 : 2;
  const agents = (await agentsIn(starting))
    .filter((row) => row.answers !== 'never' && mayAnswer(row, draft.nowMs))
    .toSorted((a, b) => rank(a) - rank(b));
  const responder = agents[0] && findAgent(core, agents[0].userId);
  return responder ? { ...answer, responder } : answer;
}
