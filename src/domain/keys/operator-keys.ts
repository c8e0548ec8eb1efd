/** Keys that make, list and revoke server keys over HTTP. They act for no project and no user. */
import { sha256Soon } from '../../shared/bytes.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { mustShortText } from '../../shared/validate.ts';
import { put } from '../../records/records.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import type { IssuedOperatorKey, OperatorKey } from '../../api/key.ts';
import type { Core } from '../base/core.ts';
import { findCredential, newSecret, operatorKind } from './credentials.ts';

export async function createOperatorKey(core: Core, name: string): Promise<IssuedOperatorKey> {
  const secret = newSecret('ok_');
  const createdAt = core.clock();
  const row = {
    hash: await sha256Soon(secret),
    kind: operatorKind,
    id: newUuidV7(createdAt),
    projectId: '',
    name: mustShortText(name, 'name'),
    createdAt,
  };
  await core.records.commit({ puts: [put(credentials, row, null)] });
  return { ...presentOperatorKey(row), secret };
}

/** All of them, at most 1,000. */
export async function listOperatorKeys({ records }: Core): Promise<OperatorKey[]> {
  const scan = { index: 'byKind', prefix: [operatorKind], limit: 1000 };
  return (await records.scan(credentials, scan)).map(presentOperatorKey);
}

export async function verifyOperatorKey(
  core: Core,
  secret: string,
): Promise<OperatorKey | undefined> {
  const row = await findCredential(core, secret, operatorKind);
  return row && presentOperatorKey(row);
}

function presentOperatorKey({ id, name = '', createdAt }: CredentialRow): OperatorKey {
  return { id, name, createdAt: isoTime(createdAt) };
}
