import { z } from 'zod';
import type { IssuedToken, TokenInfo } from '../../api/key.ts';
import { shortTextField, shortTextPattern, timeField } from './fields.ts';
import { limits } from '../../api/limits.ts';
import type { TokenBody, TokenNoun } from '../../api/operations/tokens.ts';
import type { Page } from '../../api/page.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

export const tokenBodySchema: z.ZodType<TokenBody> = z.strictObject({
  userId: z
    .string()
    .min(1)
    .max(limits.idLengthMax)
    .meta({ pattern: shortTextPattern.replace('^', '^(?!agent:)') })
    .describe('The user that the token acts for.'),
  ttlSeconds: z
    .int()
    .min(1)
    .max(limits.tokenTtlSecondsMax)
    .describe(`The token's lifetime in seconds. Default ${limits.tokenTtlSecondsDefault}.`)
    .exactOptional(),
  audience: shortTextField()
    .describe('A server that was started with another audience refuses the token.')
    .exactOptional(),
  roles: z
    .array(shortTextField())
    .max(limits.claimsMax)
    .describe('What the server calls the user.')
    .exactOptional(),
  scopes: z
    .array(shortTextField())
    .max(limits.claimsMax)
    .describe('The records whose feeds it opens, such as `ticket:*`.')
    .exactOptional(),
});

export const issuedTokenSchema: z.ZodType<IssuedToken> = z.looseObject({
  id: z.string().describe('By which it is revoked.'),
  token: z.string().describe('Send it as Authorization: Bearer ut_…'),
  expiresAt: timeField,
});

const tokenInfoSchema: z.ZodType<TokenInfo> = z.looseObject({
  id: z.string(),
  projectId: z.string(),
  userId: z.string(),
  createdAt: timeField,
  expiresAt: timeField,
  keyId: z.string().describe('The server key that minted it.').exactOptional(),
  audience: z.string().exactOptional(),
  roles: z.array(z.string()).exactOptional(),
  scopes: z.array(z.string()).exactOptional(),
});

export const tokenPageSchema: z.ZodType<Page<TokenInfo>> = pageOf(tokenInfoSchema);

export const tokenSchemas: NounSchemas<TokenNoun> = {
  schemas: {
    CreateToken: tokenBodySchema,
    IssuedToken: issuedTokenSchema,
    TokenInfo: tokenInfoSchema,
    TokenPage: tokenPageSchema,
  },
  queries: { TokenListQuery: z.strictObject({ ...pageParameters }) },
};
