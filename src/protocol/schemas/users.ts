import { z } from 'zod';
import type { UserBody, UserIds, UserList, UserNoun } from '../../api/operations/users.ts';
import {
  avatarUrlLengthMax,
  avatarUrlPattern,
  userKinds,
  type Me,
  type User,
} from '../../api/user.ts';
import { limits } from '../../api/limits.ts';
import { metadataField, shortTextField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

const kind = z.enum(userKinds);

const userFields = {
  id: z.string(),
  displayName: z.string().nullable().describe('`null`: unknown. Show the id.'),
  avatarUrl: z
    .string()
    .nullable()
    .describe(
      'An https address, or a path of this server that begins with `/`. The host of an address learns who looks.',
    ),
  kind,
  responder: z.string().describe('Of an agent; for server keys only.').exactOptional(),
  metadata: metadataField.describe('For server keys only.').exactOptional(),
};

const userSchema: z.ZodType<User> = z.looseObject(userFields);

const meSchema: z.ZodType<Me> = z.looseObject({
  ...userFields,
  projectId: z.string(),
  roles: z.array(z.string()).describe('What the credential says.'),
  features: z
    .array(z.enum(['models', 'agents']))
    .describe('What this server offers: `models` and `agents` if some are configured.'),
});

const userIdsSchema: z.ZodType<UserIds> = z.strictObject({
  ids: z.array(shortTextField()).max(limits.usersMax),
});

const userBodySchema: z.ZodType<UserBody> = z.strictObject({
  displayName: shortTextField().nullable().exactOptional(),
  avatarUrl: z
    .string()
    .max(avatarUrlLengthMax)
    .meta({ pattern: avatarUrlPattern })
    .describe('An https address, or a path of this server that begins with one `/`.')
    .nullable()
    .exactOptional(),
  kind: kind.describe('Follows from the id; another one is refused.').exactOptional(),
  responder: shortTextField()
    .nullable()
    .describe('The model or agent that answers for an agent.')
    .exactOptional(),
  metadata: metadataField.describe('Replaces all of it.').exactOptional(),
});

const userListSchema: z.ZodType<UserList> = z.looseObject({ data: z.array(userSchema) });

export const userSchemas: NounSchemas<UserNoun> = {
  schemas: {
    User: userSchema,
    Me: meSchema,
    UserIds: userIdsSchema,
    UserList: userListSchema,
    UserPage: pageOf(userSchema),
    PutUser: userBodySchema,
  },
  queries: { UserListQuery: z.strictObject({ ...pageParameters }) },
};
