import type { Caller, Principal } from '../api/principal.ts';
import type { Core } from '../domain/base/core.ts';
import type { Noun } from '../domain/base/noun.ts';
import { mustCaller, mustPrincipal } from '../domain/keys/credentials.ts';
import { LruMap } from '../shared/lru-map.ts';
import { verbsOfCaller, type CallerVerbs } from './nouns.ts';

const namedMax = 1000;
const describedMax = 1000;

/**
 * The verbs of a project's callers. A server asks for the same callers repeatedly, and building
 * their functions has a cost.
 */
export class Callers {
  readonly anonymous: CallerVerbs;
  readonly #verbsOf: (principal: Principal) => CallerVerbs;
  readonly #projectId: string;
  /** People of whom nothing is known but their ids, which are most. */
  readonly #named = new LruMap<string, CallerVerbs>(namedMax);
  /** The others, by all that is known of them. */
  readonly #described = new LruMap<string, CallerVerbs>(describedMax);

  constructor(nouns: readonly Noun[], core: Core, projectId: string) {
    this.#verbsOf = (principal) => verbsOfCaller(nouns, core, principal);
    this.#projectId = projectId;
    this.anonymous = this.#verbsOf(mustPrincipal(projectId));
  }

  /** Without a `userId`: the host's own program, which acts for no user. */
  as(caller: Partial<Caller>): CallerVerbs {
    const { userId } = caller;
    let isNamedOnly = true;
    for (const name in caller) isNamedOnly &&= name === 'userId';
    return isNamedOnly && userId !== undefined
      ? this.#known(this.#named, userId, caller)
      : this.#known(this.#described, JSON.stringify(caller), caller);
  }

  #known(known: LruMap<string, CallerVerbs>, key: string, caller: Partial<Caller>): CallerVerbs {
    let verbs = known.get(key);
    if (verbs === undefined) {
      verbs = this.#verbsOf(mustCaller(this.#projectId, caller));
      known.set(key, verbs);
    }
    return verbs;
  }
}
