import type { IssuedToken, TokenInfo } from '../key.ts';
import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';

export const tokenEndpoints = {
  createToken: 'POST /v1/tokens',
  listTokens: 'GET /v1/tokens',
  revokeToken: 'DELETE /v1/tokens/{tokenId}',
} as const;

export const tokenTable = {
  group: 'Tokens',
  parameters: { tokenId: { description: "A token's id." } },
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
    listTokens: {
      summary: 'List the user tokens of the project',
      description: ['Newest first, without those that have ended. A page may be short.'],
      access: 'serverKey',
      query: 'TokenListQuery',
      responses: { 200: { description: 'A page of tokens.', schema: 'TokenPage' } },
    },
    revokeToken: {
      summary: 'Revoke a user token',
      description: ['What was opened with it ends.'],
      access: 'serverKey',
      responses: { 204: { description: 'The token is revoked.' } },
      errors: ['not_found'],
    },
  },
} as const;

export interface TokenBody {
  readonly userId: string;
  readonly ttlSeconds?: number;
  readonly audience?: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
}

interface TokenTypes {
  readonly schemas: {
    readonly CreateToken: TokenBody;
    readonly IssuedToken: IssuedToken;
    readonly TokenInfo: TokenInfo;
    readonly TokenPage: Page<TokenInfo>;
  };
  readonly queries: { readonly TokenListQuery: PageOptions };
}

export type TokenNoun = NounOf<typeof tokenEndpoints, typeof tokenTable, TokenTypes>;
