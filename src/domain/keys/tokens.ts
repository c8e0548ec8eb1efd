/** Tokens that act for one user for a short time, to be given to a browser. */
import type { IssuedToken, TokenInfo, TokenListOptions } from '../../api/key.ts';
import type { Page } from '../../api/page.ts';
import type { Principal } from '../../api/principal.ts';
import { deleteByPartition } from '../../records/delete-by-partition.ts';
import { put } from '../../records/records.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { credentials, type CredentialRow } from '../../records/tables.ts';
import { sha256Soon } from '../../shared/bytes.ts';
import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import {
  isAgentId,
  mustInteger,
  mustKnowOptions,
  mustShortText,
  ofAgents,
  optionalShortText,
} from '../../shared/validate.ts';
import type { Core, Reading } from '../base/core.ts';
import { paginate } from '../base/paginate.ts';
import { perStore } from '../base/per-store.ts';
import {
  deleteCredentials,
  findCredential,
  findCurrent,
  isGood,
  mustCaller,
  newSecret,
} from './credentials.ts';

const kind = 'token';

interface TokenOptions {
  readonly ttlSeconds: number | undefined;
  readonly keyId: string | undefined;
  readonly audience: string | undefined;
}

/** See `KeysApi.issueToken`. */
export async function issueToken(
  { core, principal }: Reading,
  { ttlSeconds = 900, keyId, audience }: TokenOptions,
): Promise<IssuedToken> {
  const { projectId, roles, scopes } = principal;
  const userId = mustPersonId(principal.userId);
  mustCaller(projectId, { userId, ...(roles && { roles }), ...(scopes && { scopes }) });
  const token = newSecret('ut_');
  const nowMs = core.clock();
  const expiresAt = nowMs + mustInteger(ttlSeconds, 'ttlSeconds', 1, 86_400) * 1000;
  const key = keyId === undefined ? undefined : await mustKey(core, keyId);
  const row = {
    hash: await sha256Soon(token),
    kind,
    id: newUuidV7(nowMs),
    projectId,
    userId,
    createdAt: nowMs,
    expiresAt,
    ...(key && { keyHash: key.hash }),
    audience: optionalShortText(audience, 'audience'),
    roles,
    scopes,
  };
  await core.records.commit({ puts: [put(credentials, row, null)] });
  core.tasks.sweepSoon();
  return { id: row.id, token, expiresAt: isoTime(expiresAt) };
}

function mustPersonId(value: unknown): string {
  const userId = mustShortText(value, 'userId');
  if (isAgentId(userId)) throw invalid('userId', ofAgents);
  return userId;
}

/** The key may have been revoked since it was verified. */
async function mustKey(core: Core, keyId: string): Promise<CredentialRow> {
  const [key] = await findCurrent(core, keyId);
  if (key !== undefined) return key;
  throw new SkeinError('unauthenticated', 'The server key is not valid or was revoked.');
}

/** See `KeysApi.verifyToken`. */
export async function verifyToken(
  core: Core,
  secret: string,
  audience?: string,
): Promise<Principal | undefined> {
  const row = await findCredential(core, secret, kind);
  if (row?.userId === undefined || !isGood(row, core.clock())) return undefined;
  if (audience !== undefined && (row.audience ?? audience) !== audience) return undefined;
  if (!(await keysOf(core, [row])).isGood(row)) return undefined;
  const { projectId, userId, roles, scopes } = row;
  return { projectId, userId, ...(roles && { roles }), ...(scopes && { scopes }) };
}

/** The keys that have minted these tokens, which end with them. */
async function keysOf(
  { records, clock }: Core,
  tokens: readonly CredentialRow[],
): Promise<{
  isGood(token: CredentialRow): boolean;
  idOf(token: CredentialRow): string | undefined;
}> {
  const hashes = new Set(tokens.flatMap(({ keyHash }) => keyHash ?? []));
  const rows = await records.getExisting(
    credentials,
    [...hashes].map((hash) => [hash]),
  );
  const good = new Map(
    rows.filter((row) => isGood(row, clock())).map(({ hash, id }) => [hash, id]),
  );
  return {
    isGood: ({ keyHash }) => keyHash === undefined || good.has(keyHash),
    idOf: ({ keyHash }) => good.get(keyHash ?? ''),
  };
}

/** See `KeysApi.listTokens`. A page may be short: the tokens of all projects are one list. */
export async function listTokens(
  core: Core,
  options: TokenListOptions = {},
): Promise<Page<TokenInfo>> {
  mustKnowOptions(options, {
    projectId: true,
    keyId: true,
    limit: true,
    after: true,
    before: true,
  });
  const projectId = optionalShortText(options.projectId, 'projectId');
  const keyId = optionalShortText(options.keyId, 'keyId');
  return paginate<CredentialRow, TokenInfo>(
    {
      list: `tokens ${JSON.stringify([projectId, keyId])}`,
      shape: ['string'],
      isDescending: true,
      scan: (range) =>
        core.records.scan(credentials, { index: 'byKind', prefix: [kind], ...range }),
      positionOf: ({ id }) => [id],
      async present(rows) {
        const keys = await keysOf(core, rows);
        return rows.map((row) => {
          if (!isGood(row, core.clock()) || !keys.isGood(row)) return undefined;
          const info = presentToken(row, keys.idOf(row));
          const isWanted = (projectId ?? info.projectId) === info.projectId;
          return isWanted && (keyId ?? info.keyId) === info.keyId ? info : undefined;
        });
      },
    },
    options,
  );
}

function presentToken(row: CredentialRow, keyId: string | undefined): TokenInfo {
  const { id, projectId, userId = '', createdAt, expiresAt = 0, audience, roles, scopes } = row;
  return {
    id,
    projectId,
    userId,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    ...(keyId !== undefined && { keyId }),
    ...(audience !== undefined && { audience }),
    ...(roles && { roles }),
    ...(scopes && { scopes }),
  };
}

/** See `KeysApi.revokeToken`. */
export async function revokeToken(core: Core, projectId: string, tokenId: string): Promise<void> {
  const prefix = [kind, mustShortText(tokenId, 'tokenId')];
  const [row] = await core.records.scan(credentials, { index: 'byKind', prefix, limit: 1 });
  if (row === undefined || row.projectId !== projectId) throw notFound('The token');
  await deleteCredentials(core, [row]);
}

const expiryOf = perStore((core) => new TimeQueue(core, credentials, 'byExpiry'));

/** Deletes expired tokens, and secrets that rotations have replaced, at most 1,000 per call. */
export async function sweepTokens(core: Core): Promise<void> {
  await deleteByPartition(core.records, credentials, await expiryOf(core).first(1000));
}
