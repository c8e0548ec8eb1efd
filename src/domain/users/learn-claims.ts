import type { UserClaims } from '../../api/user.ts';
import type { UserRow } from '../../records/tables.ts';
import { jsonEqual, type JsonObject } from '../../shared/json.ts';
import { LruMap } from '../../shared/lru-map.ts';
import { mustCaller } from '../keys/credentials.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { tidyAvatarUrl, tidyName } from './user-fields.ts';
import { writeUser } from './write-user.ts';

const seenMax = 10_000;

/** What was learned last of each user, so that most tokens cost neither a read nor a write. */
const seenOf = perStore(() => new LruMap<string, JsonObject>(seenMax));

/** See `OperatorUsersApi.learn`. */
export async function learnClaims(
  core: Core,
  user: { readonly projectId: string; readonly userId: string },
  { displayName, avatarUrl, issuedAtMs }: UserClaims,
): Promise<void> {
  const { projectId, userId } = user;
  const [name, picture] = [tidyName(displayName), tidyAvatarUrl(avatarUrl)];
  const claimed = { ...(name && { displayName: name }), ...(picture && { avatarUrl: picture }) };
  if (Object.keys(claimed).length === 0) return; // a token without a name says nothing of it
  const seen = seenOf(core);
  const key = JSON.stringify([projectId, userId]);
  const before = seen.get(key);
  if (before !== undefined && jsonEqual(before, claimed)) return;
  mustCaller(projectId, { userId });
  const row = await writeUser(core, [projectId, userId], (old) => {
    if (issuedAtMs !== undefined && issuedAtMs < (old.claimedAt ?? 0)) return old;
    return withClaims(old, claimed, issuedAtMs);
  });
  seen.set(key, row.claimed ?? claimed);
}

/** What the token before said, too, may have been changed since, which stands. */
function withClaims(old: UserRow, claimed: JsonObject, issuedAtMs: number | undefined): UserRow {
  const former = old.claimed ?? {};
  if (jsonEqual(former, claimed)) return old;
  const changed = { ...old, claimed, claimedAt: issuedAtMs };
  for (const name of ['displayName', 'avatarUrl'] as const) {
    // A claim is a text, tidied above.
    if (former[name] !== claimed[name]) changed[name] = claimed[name] as string | undefined;
  }
  return changed;
}
