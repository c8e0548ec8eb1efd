import type { IssuedKey } from '../../api/key.ts';
import { deletion, expectAbsent, put } from '../../records/records.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import { sha256Soon } from '../../shared/bytes.ts';
import { ConflictError, notFound } from '../../shared/error.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { mustInteger, mustShortText } from '../../shared/validate.ts';
import type { Core } from '../base/core.ts';
import { noteCredential } from './credential-watch.ts';
import { findKey, formerKind, newSecret, presentKey } from './credentials.ts';

const graceSecondsMax = 7 * 24 * 3600;
const graceSecondsDefault = 3600;

/** Of two processes that replace the same secret, one finds this row of the other. */
export const rotationKind = 'rotation';
const rotationKeptMs = 60_000;

/** See `KeysApi.rotate`. */
export async function rotateKey(
  core: Core,
  keyId: string,
  graceSeconds: number = graceSecondsDefault,
): Promise<IssuedKey> {
  const id = mustShortText(keyId, 'id');
  const graceMs = mustInteger(graceSeconds, 'graceSeconds', 0, graceSecondsMax) * 1000;
  return retryConflicts(async () => {
    const old = await findKey(core, id);
    if (old === undefined) throw notFound('The key');
    if (old.kind === formerKind) throw new ConflictError(`The key ${id} is being rotated.`);
    const secret = newSecret('sk_');
    const hash = await sha256Soon(secret);
    const former = await replaceSecret(core, old, hash, graceMs);
    return { ...presentKey(old, former?.expiresAt), secret };
  });
}

/** The row of the old secret, if that is good for a while. */
async function replaceSecret(
  core: Core,
  old: CredentialRow,
  hash: string,
  graceMs: number,
): Promise<CredentialRow | undefined> {
  const nowMs = core.clock();
  const expiresAt = nowMs + graceMs;
  const guard = {
    hash: `after ${old.hash}`,
    kind: rotationKind,
    id: old.id,
    projectId: old.projectId,
    createdAt: nowMs,
    expiresAt: Math.max(expiresAt, nowMs + rotationKeptMs),
  };
  const former = graceMs === 0 ? undefined : { ...old, kind: formerKind, expiresAt };
  await core.records.commit({
    puts: [
      put(credentials, { ...old, hash }, null),
      put(credentials, guard, null),
      ...(former ? [put(credentials, former, old)] : []),
    ],
    deletes: former ? [] : [deletion(credentials, [old.hash], old)],
    expects: [expectAbsent(credentials, [guard.hash])],
  });
  noteCredential(core, old.hash, former);
  core.tasks.sweepSoon();
  return former;
}
