import { limits } from '../../api/limits.ts';
import type { User, UserUpdate } from '../../api/user.ts';
import type { UserRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { mustKnownKeys, mustMetadata, mustShortText } from '../../shared/validate.ts';
import { mustBeServer } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { kindOf, mustAvatarUrl, mustUpTo, presentUser } from './user-fields.ts';
import { writeUser } from './write-user.ts';

/** See `UsersApi.put`. */
export async function putUsers(reading: Reading, inputs: readonly UserUpdate[]): Promise<User[]> {
  const { core, principal } = reading;
  mustBeServer(principal);
  const updates = mustUpTo(limits.usersMax, inputs, 'users').map((input) => {
    return prepare(input, core.limits.metadataBytesMax);
  });
  const written: User[] = [];
  for (const { id, ...fields } of updates) {
    const row = await writeUser(core, [principal.projectId, id], (old) => ({ ...old, ...fields }));
    written.push(presentUser(row, true));
  }
  return written;
}

const known: ReadonlySet<string> = new Set<keyof UserUpdate>([
  'id',
  'displayName',
  'avatarUrl',
  'kind',
  'responder',
  'metadata',
]);

type Fields = Pick<UserRow, 'id'> & Partial<UserRow>;

function prepare(input: UserUpdate, metadataBytesMax: number): Fields {
  mustKnownKeys(input, known, '');
  const { displayName, avatarUrl, kind, responder, metadata } = input;
  const id = mustShortText(input.id, 'id');
  if (kind !== undefined && kind !== kindOf(id))
    throw invalid(
      'kind',
      `must be ${kindOf(id)}: the ids of agents begin with "agent:", and no others`,
    );
  if (responder && kindOf(id) !== 'agent')
    throw invalid('responder', 'is of agents only, whose ids begin with "agent:"');
  return {
    id,
    ...changeOf('displayName', displayName, mustShortText),
    ...changeOf('avatarUrl', avatarUrl, mustAvatarUrl),
    ...changeOf('responder', responder, mustShortText),
    ...(metadata !== undefined && {
      metadata: mustMetadata(metadata, 'metadata', metadataBytesMax),
    }),
  };
}

function changeOf(
  name: 'displayName' | 'avatarUrl' | 'responder',
  value: string | null | undefined,
  check: (value: unknown, path: string) => string,
): Partial<UserRow> {
  if (value === undefined) return {};
  return { [name]: value === null ? undefined : check(value, name) };
}
