import { z } from 'zod';
import type { ApiKey, IssuedKey } from '../../api/key.ts';
import type { KeyBody, KeyList, KeyNoun, RotateKeyBody } from '../../api/operations/keys.ts';
import { limits } from '../../api/limits.ts';
import { timeField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageParameters } from './pages.ts';
import { tokenPageSchema } from './tokens.ts';

const keyBodySchema: z.ZodType<KeyBody> = z.strictObject({
  projectId: z.string().min(1).max(limits.idLengthMax).describe('The project that it is for.'),
  name: z.string().min(1).max(limits.idLengthMax).describe('What it is for.'),
});

const keyFields = { id: z.string(), name: z.string(), createdAt: timeField };
const serverKeyFields = { ...keyFields, projectId: z.string() };
const rotation = {
  formerSecretUntil: timeField
    .describe('When the secrets that it had before the last rotation end. Absent: they have ended.')
    .exactOptional(),
};
const apiKeySchema: z.ZodType<ApiKey> = z.looseObject({ ...serverKeyFields, ...rotation });

const issuedKeySchema: z.ZodType<IssuedKey> = z.looseObject({
  ...serverKeyFields,
  ...rotation,
  secret: z.string().describe('Send it as Authorization: Bearer sk_…, with X-User-Id.'),
});

const keyListSchema: z.ZodType<KeyList> = z.looseObject({
  data: z.array(apiKeySchema).describe('Server keys.'),
  operators: z.array(z.looseObject(keyFields)).describe('Operator keys.'),
});

const rotateKeySchema: z.ZodType<RotateKeyBody> = z.strictObject({
  graceSeconds: z
    .int()
    .min(0)
    .max(limits.keyGraceSecondsMax)
    .describe(
      `How long the old secret stays good. Default ${limits.keyGraceSecondsDefault}; 0: it ends now.`,
    )
    .exactOptional(),
});

export const keySchemas: NounSchemas<KeyNoun> = {
  schemas: {
    NewKey: keyBodySchema,
    IssuedKey: issuedKeySchema,
    KeyList: keyListSchema,
    RotateKey: rotateKeySchema,
    TokenPage: tokenPageSchema,
  },
  queries: { KeyTokenListQuery: z.strictObject({ ...pageParameters }) },
};
