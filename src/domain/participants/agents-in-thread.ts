/** The agents that take part in a thread. Their ids begin alike, so they are one range of rows. */
import { participants, type ParticipantRow } from '../../records/tables.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { agentPrefix, isAgentId } from '../../shared/validate.ts';
import type { Core, Drafting } from '../base/core.ts';
import { findAgent } from '../base/find-agent.ts';

/** How many agents take part in one thread, at most: each message looks at all of them. */
const agentsMax = 20;

/** Agents that take part, as the draft leaves them, in the order of their ids. */
export async function agentsIn({ core, draft }: Drafting): Promise<ParticipantRow[]> {
  const stored = await core.records.scan(participants, {
    prefix: [draft.head.id],
    after: [agentPrefix],
    before: [afterAgents],
    limit: 1000,
  });
  const byId = new Map(stored.map((row) => [row.userId, row]));
  for (const row of draft.listVersioned(participants)) {
    if (isAgentId(row.userId)) byId.set(row.userId, row);
  }
  const joined = [...byId.values()].filter(({ state }) => state === 'joined');
  return joined.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
}

/** The text after all that begin with the prefix. */
const afterAgents = agentPrefix.replace(/:$/, ';');

/** Whether an agent may speak. A muted one reads on, and is not heard. */
export function mayAnswer(row: ParticipantRow, nowMs: number): boolean {
  const isMuted = row.mutedUntil !== undefined && row.mutedUntil > nowMs;
  return row.state === 'joined' && !isMuted;
}

/** Throws `invalid_request` for an agent that the configuration does not have. */
export function mustBeConfigured({ responders }: Core, userId: string, path: string): void {
  if (!isAgentId(userId) || findAgent({ responders }, userId)) return;
  const known = responders?.list().slice(0, namedMax) ?? [];
  const names = known.map(({ name }) => `${agentPrefix}${name}`).join(', ');
  const hint = names === '' ? 'none is configured' : `known are ${names}`;
  throw invalid(path, `is no agent of the configuration: ${hint}`);
}

const namedMax = 20;

/** Notes that an agent takes part from now on. Throws `conflict` if the thread has no room. */
export async function enterAgent(drafting: Drafting): Promise<void> {
  const { draft } = drafting;
  if ((await agentsIn(drafting)).length >= agentsMax) {
    throw new SkeinError('conflict', `At most ${agentsMax} agents take part in a thread.`);
  }
  if (!draft.head.hasAgents) draft.head = { ...draft.head, hasAgents: true };
}
