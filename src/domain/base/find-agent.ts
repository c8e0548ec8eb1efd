import type { Responder } from '../../api/responder.ts';
import { agentPrefix, isAgentId } from '../../shared/validate.ts';
import type { Core } from './core.ts';

/**
 * The responder of the configuration that takes part in threads under this id: `agent:` and its
 * name. A model may take part, too, so that it stays when a second person joins its chat; where an
 * agent has the same name, the id is the agent's.
 */
export function findAgent(
  { responders }: Pick<Core, 'responders'>,
  userId: string,
): Responder | undefined {
  if (!isAgentId(userId)) return undefined;
  const name = userId.slice(agentPrefix.length);
  return responders?.find('agent', name) ?? responders?.find('model', name);
}

/** The id under which a responder would take part; `undefined` for one that cannot. */
export function agentIdOf(
  core: Pick<Core, 'responders'>,
  responder: Pick<Responder, 'kind' | 'name'>,
): string | undefined {
  const userId = `${agentPrefix}${responder.name}`;
  return findAgent(core, userId)?.kind === responder.kind ? userId : undefined;
}
