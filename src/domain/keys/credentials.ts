/**
 * Server keys and user tokens. A secret has 256 random bits, so a plain SHA-256 protects it at rest
 * without salt. Lookups compare whole hashes, so timing reveals nothing about other secrets.
 */
import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { sha256Soon, toBase64Url } from '../../shared/bytes.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { deleteByPartition } from '../../records/delete-by-partition.ts';
import { deletion, put } from '../../records/records.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import type { Caller, Principal } from '../../api/principal.ts';
import type { Core, Reading } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { noteCredential } from './credential-watch.ts';
import { noteProtection, protectionMark } from './protection.ts';
import { isoTime } from '../../shared/iso-time.ts';
import {
  isAgentId,
  mustBoolean,
  mustInteger,
  mustKnowOptions,
  mustShortText,
  mustShortTexts,
  ofAgents,
} from '../../shared/validate.ts';
import type { ApiKey, IssuedKey, IssuedToken } from '../../api/key.ts';

export async function createKey(
  core: Core,
  input: { readonly projectId: string; readonly name: string },
): Promise<IssuedKey> {
  const secret = newSecret('sk_');
  const nowMs = core.clock();
  const row = {
    hash: await sha256Soon(secret),
    kind: 'key',
    id: newUuidV7(nowMs),
    projectId: mustPrincipal(input.projectId).projectId,
    name: mustShortText(input.name, 'name'),
    createdAt: nowMs,
  };
  const mark = protectionMark(core);
  await core.records.commit({ puts: [put(credentials, row, null), put(credentials, mark)] });
  noteProtection(core, mark);
  return { ...presentKey(row), secret };
}

/** All keys, at most 1,000. */
export async function listKeys(core: Core): Promise<ApiKey[]> {
  const rows = await core.records.scan(credentials, {
    index: 'byKind',
    prefix: ['key'],
    limit: 1000,
  });
  return rows.map(presentKey);
}

export async function revokeKey(core: Core, keyId: string): Promise<void> {
  const id = mustShortText(keyId, 'id');
  const row = (await findKey(core, id)) ?? (await findKey(core, id, operatorKind));
  if (row === undefined) throw notFound('The key');
  // An earlier version made server keys without the mark.
  const puts = row.kind === 'key' ? [put(credentials, protectionMark(core))] : [];
  await core.records.commit({ puts, deletes: [deletion(credentials, [row.hash], row)] });
  noteCredential(core, row.hash, undefined);
}

export const operatorKind = 'operator';

async function findKey(
  core: Core,
  id: string,
  kind: string = 'key',
): Promise<CredentialRow | undefined> {
  const scan = { index: 'byKind', prefix: [kind, id], limit: 1 };
  const [row] = await core.records.scan(credentials, scan);
  return row;
}

export async function verifyKey(core: Core, secret: string): Promise<ApiKey | undefined> {
  const row = await findCredential(core, 'key', secret);
  return row && presentKey(row);
}

export async function issueToken(
  { core, principal }: Reading,
  ttlSeconds: number = 900,
  keyId?: string,
): Promise<IssuedToken> {
  const token = newSecret('ut_');
  const nowMs = core.clock();
  const expiresAt = nowMs + mustInteger(ttlSeconds, 'ttlSeconds', 1, 86_400) * 1000;
  const key = keyId === undefined ? undefined : await mustKey(core, keyId);
  const row = {
    hash: await sha256Soon(token),
    kind: 'token',
    id: newUuidV7(nowMs),
    projectId: mustPrincipal(principal.projectId).projectId,
    userId: mustPersonId(principal.userId),
    createdAt: nowMs,
    expiresAt,
    ...(key && { keyHash: key.hash }),
  };
  await core.records.commit({ puts: [put(credentials, row, null)] });
  core.tasks.sweepSoon();
  return { token, expiresAt: isoTime(expiresAt) };
}

function mustPersonId(value: unknown): string {
  const userId = mustShortText(value, 'userId');
  if (isAgentId(userId)) throw invalid('userId', ofAgents);
  return userId;
}

/** The key may have been revoked since it was verified. */
async function mustKey(core: Core, keyId: string): Promise<CredentialRow> {
  const key = await findKey(core, keyId);
  if (key !== undefined) return key;
  throw new SkeinError('unauthenticated', 'The server key is not valid or was revoked.');
}

export async function verifyToken(core: Core, secret: string): Promise<Principal | undefined> {
  const row = await findCredential(core, 'token', secret);
  if (row?.userId === undefined || (row.expiresAt ?? 0) <= core.clock()) return undefined;
  const { keyHash } = row;
  const isOrphan = keyHash && (await core.records.get(credentials, [keyHash])) === undefined;
  if (isOrphan) return undefined;
  return { projectId: row.projectId, userId: row.userId };
}

const expiryOf = perStore((core) => new TimeQueue(core, credentials, 'byExpiry'));

/** Deletes expired tokens, at most 1,000 per call. */
export async function sweepTokens(core: Core): Promise<void> {
  await deleteByPartition(core.records, credentials, await expiryOf(core).first(1000));
}

/** The caller of a project. Throws `invalid_request` if a host passes an invalid id. */
export function mustPrincipal(projectId: string, userId?: string): Principal {
  const project = mustShortText(projectId, 'projectId');
  if (project.includes('/')) throw invalid('projectId', 'must not contain a slash');
  return userId === undefined
    ? { projectId: project }
    : { projectId: project, userId: mustShortText(userId, 'userId') };
}

/** The caller that a host describes in a project. Throws `invalid_request` for what no one has. */
export function mustCaller(projectId: string, caller: Partial<Caller>): Principal {
  mustKnowOptions(caller, { userId: true, roles: true, scopes: true, isServer: true });
  const { userId, roles, scopes, isServer } = caller;
  return {
    ...mustPrincipal(projectId, userId),
    ...(roles && { roles: mustShortTexts(roles, 'roles') }),
    ...(scopes && { scopes: mustShortTexts(scopes, 'scopes') }),
    ...(isServer !== undefined && { isServer: mustBoolean(isServer, 'isServer') }),
  };
}

export async function findCredential(
  core: Core,
  kind: string,
  secret: string,
): Promise<CredentialRow | undefined> {
  if (secret.length > 256) return undefined;
  const row = await core.records.get(credentials, [await sha256Soon(secret)]);
  return row?.kind === kind ? row : undefined;
}

export function newSecret(prefix: string): string {
  return prefix + toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function presentKey(row: CredentialRow): ApiKey {
  const { id, projectId, name = '', createdAt } = row;
  return { id, projectId, name, createdAt: isoTime(createdAt) };
}
