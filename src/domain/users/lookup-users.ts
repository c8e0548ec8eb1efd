import { limits } from '../../api/limits.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import type { Feature, Me, User } from '../../api/user.ts';
import { users, type UserRow } from '../../records/tables.ts';
import { notFound } from '../../shared/error.ts';
import { isAgentId, mustKnowOptions, mustShortText } from '../../shared/validate.ts';
import { mustBeServer, mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { paginate } from '../base/paginate.ts';
import { resolveUsers } from './resolve-users.ts';
import { kindOf, mustUpTo, presentUser } from './user-fields.ts';

/** See `UsersApi.lookup`. */
export function lookupUsers(reading: Reading, ids: readonly string[]): Promise<User[]> {
  mustKnowUsers(reading);
  const given = mustUpTo(limits.usersMax, ids, 'ids').map((id, i) => mustShortText(id, `ids.${i}`));
  return findUsers(reading, [...new Set(given)]);
}

/** See `UsersApi.get`. */
export async function getUser(reading: Reading, userId: string): Promise<User> {
  mustKnowUsers(reading);
  const [user] = await findUsers(reading, [mustShortText(userId, 'userId')]);
  if (user === undefined) throw notFound('The user');
  return user;
}

/** See `UsersApi.me`. */
export async function getMe(reading: Reading): Promise<Me> {
  const { core, principal } = reading;
  const id = mustUserId(principal);
  const [user = bare(id)] = await findUsers(reading, [id]);
  const { projectId, roles = [] } = principal;
  return { ...user, projectId, roles, features: featuresOf(core) };
}

function featuresOf({ responders }: Reading['core']): Feature[] {
  const kinds = new Set(responders?.list().map(({ kind }) => kind));
  const features: Feature[] = [];
  if (kinds.has('model')) features.push('models');
  if (kinds.has('agent')) features.push('agents');
  return features;
}

/** See `UsersApi.list`. */
export async function listUsers(reading: Reading, options: PageOptions = {}): Promise<Page<User>> {
  const { core, principal } = reading;
  mustBeServer(principal);
  mustKnowOptions(options, { limit: true, after: true, before: true });
  const prefix = [principal.projectId];
  return paginate<UserRow, User>(
    {
      list: `users ${JSON.stringify(prefix)}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => core.records.scan(users, { index: 'byProject', prefix, ...range }),
      positionOf: ({ id }) => [id],
      present: (rows) => Promise.resolve(rows.map((row) => presentUser(row, true))),
    },
    options,
  );
}

/** Who is not signed in is not told who is in a project. */
function mustKnowUsers({ principal }: Reading): void {
  if (!principal.isServer) mustUserId(principal);
}

/** In the order of the ids, without those of whom nothing is known. */
async function findUsers({ core, principal }: Reading, ids: readonly string[]): Promise<User[]> {
  const { projectId, isServer } = principal;
  const people = ids.filter((id) => !isAgentId(id));
  const keys = ids.map((id) => [projectId, id]);
  const [rows, resolved] = await Promise.all([
    core.records.getExisting(users, keys),
    resolveUsers(core, projectId, people),
  ]);
  const found = new Map(rows.map((row) => [row.id, presentUser(row, isServer)]));
  for (const [id, fields] of resolved) found.set(id, { ...bare(id), ...found.get(id), ...fields });
  for (const id of ids) {
    const name = configuredName(core, id);
    if (name !== undefined && !found.has(id)) found.set(id, { ...bare(id), displayName: name });
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

function bare(id: string): User {
  return { id, displayName: null, avatarUrl: null, kind: kindOf(id) };
}

/** The name of an agent of the configuration. */
function configuredName({ responders }: Reading['core'], id: string): string | undefined {
  const name = isAgentId(id) ? id.slice(id.indexOf(':') + 1) : '';
  return responders?.find('agent', name)?.name;
}
