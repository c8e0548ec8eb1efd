import type { ApiKey, IssuedKey, OperatorKey } from '../key.ts';
import type { NounOf } from '../operation.ts';

export const keyEndpoints = {
  listKeys: 'GET /v1/keys',
  createKey: 'POST /v1/keys',
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
    revokeKey: {
      summary: 'Revoke a key for good',
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
  };
  readonly queries: object;
}

export type KeyNoun = NounOf<typeof keyEndpoints, typeof keyTable, KeyTypes>;
