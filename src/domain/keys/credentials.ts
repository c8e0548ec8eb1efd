/**
 * Server keys and user tokens. A secret has 256 random bits, so a plain SHA-256 protects it at rest
 * without salt. Lookups compare whole hashes, so timing reveals nothing about other secrets.
 */
import { invalid, notFound } from '../../shared/error.ts';
import { sha256Soon, toBase64Url } from '../../shared/bytes.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { deletion, put } from '../../records/records.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import type { Caller, Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import { noteCredential } from './credential-watch.ts';
import { noteProtection, protectionMark } from './protection.ts';
import { isoTime } from '../../shared/iso-time.ts';
import {
  mustBoolean,
  mustKnowOptions,
  mustShortText,
  mustShortTexts,
} from '../../shared/validate.ts';
import type { ApiKey, IssuedKey } from '../../api/key.ts';

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
export async function listKeys({ records, clock }: Core): Promise<ApiKey[]> {
  const [rows, former] = await Promise.all(
    ['key', formerKind].map((kind) => {
      return records.scan(credentials, { index: 'byKind', prefix: [kind], limit: 1000 });
    }),
  );
  const until = new Map<string, number>();
  for (const { id, expiresAt = 0 } of former!.filter((row) => isGood(row, clock())))
    until.set(id, Math.max(expiresAt, until.get(id) ?? 0));
  const current = new Map(rows!.map((row) => [row.id, row])); // a rotation may have left two
  return [...current.values()].map((row) => presentKey(row, until.get(row.id)));
}

/** See `KeysApi.revoke`. */
export async function revoke(core: Core, id: string): Promise<void> {
  mustShortText(id, 'id');
  const rows: CredentialRow[] = [];
  for (const kind of ['key', formerKind, operatorKind, 'token']) {
    const scan = { index: 'byKind', prefix: [kind, id], limit: 1000 };
    rows.push(...(await core.records.scan(credentials, scan)));
  }
  if (rows.length === 0) throw notFound('The key');
  await deleteCredentials(core, rows);
}

/** Deletes keys or tokens, and ends what was opened with them. */
export async function deleteCredentials(core: Core, rows: readonly CredentialRow[]): Promise<void> {
  // An earlier version made server keys without the mark.
  const isKey = rows.some(({ kind }) => kind === 'key');
  const puts = isKey ? [put(credentials, protectionMark(core))] : [];
  const deletes = rows.map((row) => deletion(credentials, [row.hash], row));
  await core.records.commit({ puts, deletes });
  for (const { hash } of rows) noteCredential(core, hash, undefined);
}

export const operatorKind = 'operator';
/** A secret that a rotation has replaced, and which ends soon. */
export const formerKind = 'former';

/**
 * The row of the key's current secret. Where partitions are apart, a rotation under way has two,
 * and so has one that a crash has cut short.
 */
export function findCurrent({ records }: Core, id: string): Promise<CredentialRow[]> {
  return records.scan(credentials, { index: 'byKind', prefix: ['key', id], limit: 100 });
}

export async function verifyKey(core: Core, secret: string): Promise<ApiKey | undefined> {
  const row = await findCredential(core, secret, 'key', formerKind);
  return row && isGood(row, core.clock()) ? presentKey(row, row.expiresAt) : undefined;
}

export function isGood({ expiresAt }: CredentialRow, nowMs: number): boolean {
  return expiresAt === undefined || expiresAt > nowMs;
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
  mustKnowOptions(caller, callerOptions);
  const { userId, roles, scopes, isServer, linkKey } = caller;
  return {
    ...mustPrincipal(projectId, userId),
    ...(roles && { roles: mustShortTexts(roles, 'roles') }),
    ...(scopes && { scopes: mustShortTexts(scopes, 'scopes') }),
    ...(isServer !== undefined && { isServer: mustBoolean(isServer, 'isServer') }),
    ...(linkKey !== undefined && { linkKey: mustShortText(linkKey, 'linkKey') }),
  };
}

const callerOptions = {
  userId: true,
  roles: true,
  scopes: true,
  isServer: true,
  linkKey: true,
} as const;

export async function findCredential(
  { records }: Core,
  secret: string,
  ...kinds: readonly string[]
): Promise<CredentialRow | undefined> {
  if (secret.length > 256) return undefined;
  const row = await records.get(credentials, [await sha256Soon(secret)]);
  return row && kinds.includes(row.kind) ? row : undefined;
}

export function newSecret(prefix: string): string {
  return prefix + toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

export function presentKey(row: CredentialRow, formerUntilMs?: number): ApiKey {
  const { id, projectId, name = '', createdAt } = row;
  const until = formerUntilMs === undefined ? {} : { formerSecretUntil: isoTime(formerUntilMs) };
  return { id, projectId, name, createdAt: isoTime(createdAt), ...until };
}
