import type { KeysApi } from '../../api/key.ts';
import { credentials as credentialsTable } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import type { StoreExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { stopWatching, watchSecret } from './credential-watch.ts';
import * as credentials from './credentials.ts';
import * as operators from './operator-keys.ts';
import * as protection from './protection.ts';
import { rotateKey, rotationKind } from './rotate-key.ts';
import * as tokens from './tokens.ts';

/** Server keys and user tokens. */
export const keysNoun: Noun<object, { keys: KeysApi }> = {
  name: 'keys',
  tables: [credentialsTable],
  examine: { store: examineKeys },
  transfer: { leftOut: { credentials: 'keys and tokens open the store that made them' } },
  operatorApi: (core) => ({
    keys: {
      create: (key) => credentials.createKey(core, key),
      list: () => credentials.listKeys(core),
      rotate: (keyId, graceSeconds) => rotateKey(core, keyId, graceSeconds),
      revoke: (id) => credentials.revoke(core, id),
      operators: {
        create: (name) => operators.createOperatorKey(core, name),
        list: () => operators.listOperatorKeys(core),
        verify: (secret) => operators.verifyOperatorKey(core, secret),
      },
      verify: (secret) => credentials.verifyKey(core, secret),
      issueToken: (principal, ttlSeconds, keyId, audience) =>
        tokens.issueToken({ core, principal }, { ttlSeconds, keyId, audience }),
      listTokens: (options) => tokens.listTokens(core, options),
      revokeToken: (projectId, tokenId) => tokens.revokeToken(core, projectId, tokenId),
      verifyToken: (secret, audience) => tokens.verifyToken(core, secret, audience),
      watch: (secret, onEnd) => watchSecret(core, secret, onEnd),
      isProtected: () => protection.isProtected(core),
      protect: () => protection.protect(core),
      watchProtection: (onProtected) => protection.watchProtection(core, onProtected),
    },
  }),
  sweep: tokens.sweepTokens,
  stop: stopWatching,
};

/**
 * A key must be listed, so that it can be revoked; a token must have a user and an expiry, and what
 * a rotation leaves an expiry, too.
 */
async function examineKeys(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(credentialsTable)) {
    const { id, kind, userId, expiresAt } = row;
    const ends = expiresAt !== undefined;
    const isToken = kind === 'token' && userId !== undefined && ends;
    const isLeft = [credentials.formerKind, rotationKind].includes(kind) && ends;
    const isWithoutUser = ['key', credentials.operatorKind, protection.markKind].includes(kind);
    if (!isToken && !isLeft && !isWithoutUser) {
      await exam.found('state', `the credential ${id} is neither a key nor a whole token`);
    }
    await examineEntries(exam, credentialsTable, row, `the ${kind} ${id}`);
  }
}
