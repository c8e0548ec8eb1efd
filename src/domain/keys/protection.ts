/**
 * The mark of a store that has had a server key or a token secret. It is never deleted, so that the
 * store is not open to everybody again when its last key is revoked.
 */
import { put } from '../../records/records.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { noteCredential, watchCredential } from './credential-watch.ts';

/** No secret has this hash. */
const markHash = 'protected';
export const markKind = 'mark';

/** What a commit stores that gives the store its first key. */
export function protectionMark(core: Core): CredentialRow {
  const createdAt = core.clock();
  return { hash: markHash, kind: markKind, id: markHash, projectId: '', createdAt };
}

export function noteProtection(core: Core, mark: CredentialRow): void {
  noteCredential(core, markHash, mark);
}

/** See `KeysApi.isProtected`. Stores of earlier versions have keys without the mark. */
export async function isProtected({ records }: Core): Promise<boolean> {
  if ((await records.get(credentials, [markHash])) !== undefined) return true;
  const scan = { index: 'byKind', prefix: ['key'], limit: 1 };
  return (await records.scan(credentials, scan)).length > 0;
}

export async function protect(core: Core): Promise<void> {
  if ((await core.records.get(credentials, [markHash])) !== undefined) return;
  const mark = protectionMark(core);
  await core.records.commit({ puts: [put(credentials, mark)] });
  noteProtection(core, mark);
}

/** See `KeysApi.watchProtection`. */
export function watchProtection(core: Core, onProtected: () => void): () => void {
  const leave = watchCredential(core, markHash, (mark) => {
    if (mark === undefined) return;
    leave();
    onProtected();
  });
  return leave;
}
