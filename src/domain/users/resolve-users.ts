import type { ResolvedUser, ResolveUsers } from '../../api/user.ts';
import type { Clock } from '../../shared/clock.ts';
import { LruMap } from '../../shared/lru-map.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { tidyAvatarUrl, tidyName } from './user-fields.ts';

/** What the host says of a user, tidied. */
type Known = Pick<ResolvedUser, 'displayName' | 'avatarUrl'>;

interface Answer {
  /** `undefined`: the host does not know the user. */
  readonly known: Known | undefined;
  readonly untilMs: number;
}

const keptMs = 5 * 60_000;
/** How long the host is left alone after it failed. */
const spareMs = 5_000;
const timeoutMs = 2_000;
const keptMax = 10_000;

/** Asks the host, remembers its answers, and does without when it fails. */
class UserResolver {
  readonly #hook: ResolveUsers;
  readonly #clock: Clock;
  readonly #answers = new LruMap<string, Answer>(keptMax);
  /** Calls under way by user: two readers of one page ask once. */
  readonly #asked = new Map<string, Promise<void>>();

  constructor(hook: ResolveUsers, clock: Clock) {
    this.#hook = hook;
    this.#clock = clock;
  }

  async resolve(projectId: string, ids: readonly string[]): Promise<Map<string, Known>> {
    const nowMs = this.#clock();
    const nameOf = (id: string): string => JSON.stringify([projectId, id]);
    const due = ids.filter((id) => (this.#answers.get(nameOf(id))?.untilMs ?? 0) <= nowMs);
    const open = due.filter((id) => !this.#asked.has(nameOf(id)));
    if (open.length > 0) {
      const asking = this.#ask(projectId, open, nameOf);
      for (const id of open) this.#asked.set(nameOf(id), asking);
      const forget = (): void => open.forEach((id) => this.#asked.delete(nameOf(id)));
      asking.then(forget, forget);
    }
    await Promise.all(due.flatMap((id) => this.#asked.get(nameOf(id)) ?? []));
    const found = ids.map((id) => [id, this.#answers.get(nameOf(id))?.known] as const);
    return new Map(found.filter((entry): entry is [string, Known] => entry[1] !== undefined));
  }

  async #ask(
    projectId: string,
    ids: readonly string[],
    nameOf: (id: string) => string,
  ): Promise<void> {
    const said = await answerInTime(this.#hook, projectId, ids);
    const untilMs = this.#clock() + (said ? keptMs : spareMs);
    for (const id of ids) {
      const name = nameOf(id);
      const known = said ? said.get(id) : this.#answers.get(name)?.known;
      this.#answers.set(name, { known, untilMs });
    }
  }
}

/** `undefined` if the host fails: names are not worth a failed request. */
async function answerInTime(
  hook: ResolveUsers,
  projectId: string,
  ids: readonly string[],
): Promise<Map<string, Known> | undefined> {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const late = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const asking = Promise.resolve()
    .then(() => hook(ids, { projectId, signal }))
    .then(tidy, () => undefined);
  return await Promise.race([asking, late]).finally(() => clearTimeout(timer));
}

/** A host may say anything; what is no name or address is taken for none. */
function tidy(said: readonly ResolvedUser[]): Map<string, Known> {
  const entries = Array.isArray(said) ? said : [];
  return new Map(entries.filter(isUser).map((user) => [user.id, tidied(user)]));
}

function isUser(value: unknown): value is ResolvedUser {
  return typeof value === 'object' && value !== null && 'id' in value;
}

function tidied({ displayName, avatarUrl }: ResolvedUser): Known {
  return {
    ...(displayName !== undefined && { displayName: tidyName(displayName) ?? null }),
    ...(avatarUrl !== undefined && { avatarUrl: tidyAvatarUrl(avatarUrl) ?? null }),
  };
}

const resolverOf = perStore(
  ({ resolveUsers: hook, clock }) => hook && new UserResolver(hook, clock),
);

/** What the host says of these users, by id; empty without a host. */
export async function resolveUsers(
  core: Core,
  projectId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  return (await resolverOf(core)?.resolve(projectId, ids)) ?? new Map<string, Known>();
}
