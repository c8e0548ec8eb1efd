import type { KeysApi } from '../../api/key.ts';
import { credentials as credentialsTable } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import * as credentials from './credentials.ts';
import { examineKeys } from './examine-keys.ts';

/** Server keys and user tokens. */
export const keysNoun: Noun<object, { keys: KeysApi }> = {
  name: 'keys',
  tables: [credentialsTable],
  examine: { store: examineKeys },
  operatorApi: (core) => ({
    keys: {
      create: (key) => credentials.createKey(core, key),
      list: () => credentials.listKeys(core),
      revoke: (keyId) => credentials.revokeKey(core, keyId),
      verify: (secret) => credentials.verifyKey(core, secret),
      issueToken: (principal, ttlSeconds) =>
        credentials.issueToken({ core, principal }, ttlSeconds),
      verifyToken: (secret) => credentials.verifyToken(core, secret),
    },
  }),
  sweep: credentials.sweepTokens,
};
