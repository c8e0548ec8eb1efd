import type { IssuedKey } from '../../api/key.ts';
import { deletion, expectAbsent, put } from '../../records/records.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import { sha256Soon } from '../../shared/bytes.ts';
import { notFound } from '../../shared/error.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { mustInteger, mustShortText } from '../../shared/validate.ts';
import type { Core } from '../base/core.ts';
import { noteCredential } from './credential-watch.ts';
import { findCurrent, formerKind, newSecret, presentKey } from './credentials.ts';

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
    const olds = await findCurrent(core, id);
    const [old] = olds;
    if (old === undefined) throw notFound('The key');
    const secret = newSecret('sk_');
    const current = { ...old, hash: await sha256Soon(secret) };
    const until = await replaceSecrets(core, olds, current, graceMs);
    return { ...presentKey(current, until), secret };
  });
}

/** Returns until when the old secrets are good, if they are. */
async function replaceSecrets(
  core: Core,
  olds: readonly CredentialRow[],
  current: CredentialRow,
  graceMs: number,
): Promise<number | undefined> {
  const nowMs = core.clock();
  const expiresAt = nowMs + graceMs;
  const guard = {
    hash: `after ${olds[0]!.hash}`, // there is one, and all processes find them in this order
    kind: rotationKind,
    id: current.id,
    projectId: current.projectId,
    createdAt: nowMs,
    expiresAt: Math.max(expiresAt, nowMs + rotationKeptMs),
  };
  const formers = olds.map((old) => ({ ...old, kind: formerKind, expiresAt }));
  const begin = {
    puts: [put(credentials, current, null), put(credentials, guard, null)],
    expects: [expectAbsent(credentials, [guard.hash])],
  };
  const end =
    graceMs === 0
      ? { deletes: olds.map((old) => deletion(credentials, [old.hash], old)) }
      : { puts: formers.map((row, i) => put(credentials, row, olds[i])) };
  if (core.records.isAtomicAcrossPartitions) {
    await core.records.commit({ ...begin, ...end, puts: [...begin.puts, ...(end.puts ?? [])] });
  } else {
    // The key is never without a secret. After a crash in between, the next rotation ends both.
    await core.records.commit(begin);
    await core.records.commit(end);
  }
  olds.forEach(({ hash }, i) => noteCredential(core, hash, graceMs === 0 ? undefined : formers[i]));
  core.tasks.sweepSoon();
  return graceMs === 0 ? undefined : expiresAt;
}
