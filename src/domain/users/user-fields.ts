import { invalid } from '../../shared/error.ts';
import { beginningOf } from '../../shared/text.ts';
import { isAgentId } from '../../shared/validate.ts';
import { avatarUrlLengthMax, avatarUrlPattern, type User, type UserKind } from '../../api/user.ts';
import type { UserRow } from '../../records/tables.ts';

const displayNameLengthMax = 128;

export function mustUpTo<T>(countMax: number, values: readonly T[], path: string): readonly T[] {
  if (!Array.isArray(values)) throw invalid(path, 'must be an array');
  if (values.length > countMax) throw invalid(path, `must have at most ${countMax} entries`);
  return values;
}

export function kindOf(userId: string): UserKind {
  return isAgentId(userId) ? 'agent' : 'person';
}

/** One line, and no longer than a name may be; `undefined` if nothing is left. */
export function tidyName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  return beginningOf(name, displayNameLengthMax) || undefined;
}

/** What a page may show as a picture; everything else, such as a script, is left out. */
export function tidyAvatarUrl(url: unknown): string | undefined {
  return typeof url === 'string' && isAvatarUrl(url) ? url : undefined;
}

export function mustAvatarUrl(url: unknown, path: string): string {
  if (typeof url === 'string' && isAvatarUrl(url)) return url;
  throw invalid(
    path,
    `must be an https address, or a path that begins with one slash, of at most ${avatarUrlLengthMax} characters`,
  );
}

function isAvatarUrl(url: string): boolean {
  return url.length <= avatarUrlLengthMax && avatarUrl.test(url);
}

const avatarUrl = new RegExp(avatarUrlPattern);

/** What others see of a stored user; `isServer`: what the host's own programs see. */
export function presentUser(row: UserRow, isServer: boolean | undefined): User {
  const { id, displayName = null, avatarUrl = null, responder, metadata } = row;
  const shown = { id, displayName, avatarUrl, kind: kindOf(id) };
  if (!isServer) return shown;
  return { ...shown, ...(responder !== undefined && { responder }), metadata };
}
