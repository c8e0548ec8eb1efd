import { asks } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { askAgents, answerTask, passOn } from './ask-agents.ts';
import { examineAsks } from './examine-asks.ts';
import { overdueAsksOf } from './overdue-asks.ts';
import { silenceAgent } from './silence-agent.ts';

/** Agents that take part in threads, and answer by themselves. */
export const agentsNoun: Noun = {
  name: 'agents',
  tables: [asks],
  examine: { thread: examineAsks },
  tasks: { [answerTask]: (core, { threadId }) => overdueAsksOf(core).answer(threadId) },
  onAppend: askAgents,
  onEndRun: passOn,
  onSilence: silenceAgent,
  transfer: {
    leftOut: { asks: 'What waits for an agent is answered where it was asked.' },
  },
  start: (core) => overdueAsksOf(core).start(),
  stop: (core) => overdueAsksOf(core).stop(),
};
