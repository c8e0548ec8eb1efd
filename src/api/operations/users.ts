import type { JsonObject } from '../../shared/json.ts';
import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';
import type { Me, User, UserKind, UsersApi } from '../user.ts';
import type { WithVerbs } from '../verb.ts';

export const userEndpoints = {
  getMe: 'GET /v1/me',
  getUser: 'GET /v1/users/{userId}',
  lookupUsers: 'POST /v1/users/lookup',
  listUsers: 'GET /v1/users',
  putUser: 'PUT /v1/users/{userId}',
} as const;

export const userVerbs = {
  getMe: ['users.me'],
  getUser: ['users.get', 'userId'],
  lookupUsers: ['users.lookup', 'body.ids'],
  listUsers: ['users.list', 'query'],
  putUser: ['users.put', [{ id: 'userId', '...': 'body' }]],
} as const;

export const userTable = {
  group: 'Users',
  parameters: { userId: { description: "A user's id." } },
  operations: {
    getMe: {
      summary: 'Who you are',
      description: [
        'Your name and picture are those that your token claims (`name`, `picture`), or that a server key set.',
        '`roles` is what your credential says, and `features` what this server offers.',
      ],
      responses: { 200: { description: 'You.', schema: 'Me' } },
    },
    getUser: {
      summary: 'Read a user',
      description: ['Users of other projects are not found.'],
      responses: { 200: { description: 'The user.', schema: 'User' } },
      errors: ['not_found'],
    },
    lookupUsers: {
      summary: 'Look up names and pictures',
      description: [
        'At most 100 ids.',
        'The users come in the order of the ids, without those of whom nothing is known: show their ids.',
      ],
      body: { schema: 'UserIds', example: { ids: ['u1', 'u2'] } },
      responses: { 200: { description: 'The users that are known.', schema: 'UserList' } },
    },
    listUsers: {
      summary: 'List the users of the project',
      description: ['By id: those of whom more than the id is stored.'],
      access: 'server',
      query: 'UserListQuery',
      responses: { 200: { description: 'A page of users.', schema: 'UserPage' } },
    },
    putUser: {
      summary: 'Set the name and picture of a user',
      description: [
        'Only what is given changes, and `null` removes it.',
        'It stands until a token of the user claims another name or picture than the token before.',
      ],
      access: 'server',
      body: { schema: 'PutUser', example: { displayName: 'Ada Lovelace' } },
      responses: { 200: { description: 'The user.', schema: 'User' } },
    },
  },
} as const;

export interface UserBody {
  readonly displayName?: string | null;
  readonly avatarUrl?: string | null;
  readonly kind?: UserKind;
  readonly responder?: string | null;
  readonly metadata?: JsonObject;
}

export interface UserIds {
  readonly ids: readonly string[];
}

export interface UserList {
  readonly data: readonly User[];
}

interface UserTypes {
  readonly schemas: {
    readonly User: User;
    readonly Me: Me;
    readonly UserIds: UserIds;
    readonly UserList: UserList;
    readonly UserPage: Page<User>;
    readonly PutUser: UserBody;
  };
  readonly queries: { readonly UserListQuery: PageOptions };
}

export type UserNoun = WithVerbs<
  NounOf<typeof userEndpoints, typeof userTable, UserTypes>,
  typeof userVerbs,
  { readonly users: UsersApi }
>;
