import { z } from 'zod';
import type { ApiKey, IssuedKey } from '../../api/key.ts';
import type { KeyBody, KeyList, KeyNoun } from '../../api/operations/keys.ts';
import { limits } from '../limits.ts';
import { timeField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';

const keyBodySchema: z.ZodType<KeyBody> = z.strictObject({
  projectId: z.string().min(1).max(limits.idLengthMax).describe('The project that it is for.'),
  name: z.string().min(1).max(limits.idLengthMax).describe('What it is for.'),
});

const keyFields = { id: z.string(), name: z.string(), createdAt: timeField };
const serverKeyFields = { ...keyFields, projectId: z.string() };
const apiKeySchema: z.ZodType<ApiKey> = z.looseObject(serverKeyFields);

const issuedKeySchema: z.ZodType<IssuedKey> = z.looseObject({
  ...serverKeyFields,
  secret: z.string().describe('Send it as Authorization: Bearer sk_…, with X-User-Id.'),
});

const keyListSchema: z.ZodType<KeyList> = z.looseObject({
  data: z.array(apiKeySchema).describe('Server keys.'),
  operators: z.array(z.looseObject(keyFields)).describe('Operator keys.'),
});

export const keySchemas: NounSchemas<KeyNoun> = {
  schemas: { NewKey: keyBodySchema, IssuedKey: issuedKeySchema, KeyList: keyListSchema },
  queries: {},
};
