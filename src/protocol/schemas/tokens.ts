import { z } from 'zod';
import type { IssuedToken } from '../../api/key.ts';
import { shortTextPattern, timeField } from './fields.ts';
import { limits } from '../limits.ts';
import type { TokenBody, TokenNoun } from '../../api/operations/tokens.ts';
import type { NounSchemas } from './noun-schemas.ts';

export const tokenBodySchema: z.ZodType<TokenBody> = z.strictObject({
  userId: z
    .string()
    .min(1)
    .max(limits.idLengthMax)
    .meta({ pattern: shortTextPattern })
    .describe('The user that the token acts for.'),
  ttlSeconds: z
    .int()
    .min(1)
    .max(limits.tokenTtlSecondsMax)
    .describe(`The token's lifetime in seconds. Default ${limits.tokenTtlSecondsDefault}.`)
    .exactOptional(),
});

export const issuedTokenSchema: z.ZodType<IssuedToken> = z.looseObject({
  token: z.string().describe('Send it as Authorization: Bearer ut_…'),
  expiresAt: timeField,
});

export const tokenSchemas: NounSchemas<TokenNoun> = {
  schemas: { CreateToken: tokenBodySchema, IssuedToken: issuedTokenSchema },
  queries: {},
};
