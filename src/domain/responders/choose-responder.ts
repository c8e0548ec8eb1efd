import { invalid } from '../../shared/error.ts';
import type { Core } from '../base/core.ts';
import { mustShortText } from '../../shared/validate.ts';
import type { Responder } from '../../api/responder.ts';
import type { NewRun } from '../../api/run.ts';

/** Throws `invalid_request` for a name that is not configured. */
export function chooseResponder(core: Core, input: NewRun): Responder {
  const { model, agent, responder } = input;
  if ([model, agent, responder].filter((choice) => choice !== undefined).length > 1) {
    throw invalid('model', 'cannot be combined with agent: name one of them');
  }
  if (responder) return responder;
  const kind = agent === undefined ? 'model' : 'agent';
  const name = agent ?? model;
  const known = core.responders?.list() ?? [];
  const found =
    name === undefined
      ? (defaultModelOf(known) ?? (goesOn(input) ? known[0] : undefined))
      : core.responders?.find(kind, mustShortText(name, kind));
  if (found) return found;
  const names = known.filter((other) => other.kind === kind).map((other) => other.name);
  const hint = names.length === 0 ? `no ${kind} is configured` : `known are ${names.join(', ')}`;
  throw invalid(kind, name === undefined ? `is missing: ${hint}` : `is not known: ${hint}`);
}

/** The agent that began the answer takes the place of the one that is chosen here. */
function goesOn({ retriesId, input }: NewRun): boolean {
  const last = typeof input === 'object' ? input.at(-1) : undefined;
  return retriesId !== undefined || last?.replacesId !== undefined;
}

/** The responder for runs that name none: the first configured model, never an agent. */
export function defaultModelOf(known: readonly Responder[]): Responder | undefined {
  return known.find(({ kind }) => kind === 'model');
}
