import type { ApiKey, IssuedKey, OperatorKey, TokenInfo } from '../key.ts';
import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';

export const keyEndpoints = {
  listKeys: 'GET /v1/keys',
  createKey: 'POST /v1/keys',
  rotateKey: 'POST /v1/keys/{keyId}/rotate',
  listKeyTokens: 'GET /v1/keys/{keyId}/tokens',
  revokeKey: 'DELETE /v1/keys/{keyId}',
} as const;

export const keyTable = {
  group: 'Keys',
  parameters: { keyId: { description: "A key's id." } },
  operations: {
    listKeys: {
      summary: 'List the keys',
      description: [
        'For the operator of the server only, as all operations on keys are: with an operator key,',
        'which the server makes for the command line on its own machine. No server key can make one.',
      ],
      access: 'operator',
      responses: { 200: { description: 'The keys, without their secrets.', schema: 'KeyList' } },
    },
    createKey: {
      summary: 'Create a server key',
      access: 'operator',
      body: { schema: 'NewKey', example: { projectId: 'default', name: 'backend' } },
      responses: {
        201: { description: 'The key. Its secret is shown only once.', schema: 'IssuedKey' },
      },
    },
    rotateKey: {
      summary: 'Give a server key a new secret',
      description: [
        'The old secret stays good for a while, so that your servers can change over.',
        'Then it ends, with the tokens that were minted with it.',
      ],
      access: 'operator',
      body: { schema: 'RotateKey', isOptional: true, example: { graceSeconds: 3600 } },
      responses: {
        201: { description: 'The key with its new secret, shown only once.', schema: 'IssuedKey' },
      },
      errors: ['not_found'],
    },
    listKeyTokens: {
      summary: 'List the tokens that a key has minted',
      description: ['Newest first.'],
      access: 'operator',
      query: 'KeyTokenListQuery',
      responses: { 200: { description: 'A page of tokens.', schema: 'TokenPage' } },
    },
    revokeKey: {
      summary: 'Revoke a key or a token for good',
      description: ['What was opened with it, or with a token that it minted, ends.'],
      access: 'operator',
      responses: { 204: { description: 'The key is revoked.' } },
      errors: ['not_found'],
    },
  },
} as const;

export interface KeyBody {
  readonly projectId: string;
  readonly name: string;
}

export interface RotateKeyBody {
  readonly graceSeconds?: number;
}

export interface KeyList {
  /** Server keys. */
  readonly data: readonly ApiKey[];
  readonly operators: readonly OperatorKey[];
}

interface KeyTypes {
  readonly schemas: {
    readonly NewKey: KeyBody;
    readonly IssuedKey: IssuedKey;
    readonly KeyList: KeyList;
    readonly RotateKey: RotateKeyBody;
    readonly TokenPage: Page<TokenInfo>;
  };
  readonly queries: { readonly KeyTokenListQuery: PageOptions };
}

export type KeyNoun = NounOf<typeof keyEndpoints, typeof keyTable, KeyTypes>;
