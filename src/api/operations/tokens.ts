import type { IssuedToken } from '../key.ts';
import type { NounOf } from '../operation.ts';

export const tokenEndpoints = {
  createToken: 'POST /v1/tokens',
} as const;

export const tokenTable = {
  group: 'Tokens',
  parameters: {},
  operations: {
    createToken: {
      summary: 'Mint a user token',
      description: [
        "For a server key only: a short-lived token that acts for one user of the key's project, to",
        "be given to that user's browser.",
      ],
      access: 'serverKey',
      body: { schema: 'CreateToken', example: { userId: 'u1', ttlSeconds: 900 } },
      responses: { 201: { description: 'The token, shown only once.', schema: 'IssuedToken' } },
    },
  },
} as const;

export interface TokenBody {
  readonly userId: string;
  readonly ttlSeconds?: number;
}

interface TokenTypes {
  readonly schemas: { readonly CreateToken: TokenBody; readonly IssuedToken: IssuedToken };
  readonly queries: object;
}

export type TokenNoun = NounOf<typeof tokenEndpoints, typeof tokenTable, TokenTypes>;
