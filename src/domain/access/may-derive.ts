import type { Principal } from '../../api/principal.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { isOwner, seesAll } from './authorize.ts';

/** What the rule looks at of an item. */
type Confidence = Pick<ItemRow, 'private' | 'sawPrivate' | 'authorId'>;

/** Whom something is for: a caller who reads a thread, or everybody who ever may. */
type Audience = 'everybody' | Listener;

interface Listener {
  readonly principal: Principal;
  readonly head: Pick<ThreadRow, 'ownerId' | 'mode' | 'hasOthers'>;
  /** The item comes from a stretch of which the owner, too, sees only what the public sees. */
  readonly isLimited?: boolean;
}

/** Private, or an answer that saw something private: not for everybody who reads the thread. */
export function isConfidential({ private: isPrivate, sawPrivate }: Confidence): boolean {
  return isPrivate || sawPrivate === true;
}

/**
 * The one rule of what is private (DESIGN, section 6): whether an item, and anything that is made
 * of it (a context, a preview, a title, an edge), may reach an audience. Something confidential
 * reaches its author, who of an answer is the user that asked, and the owner of an assistant's
 * thread. A revision is its original's author's, too: `original` is the row in whose place the item
 * stands.
 *
 * Rows of older versions are decided before this is asked: see `decideMarks`.
 */
export function mayDerive(
  item: Confidence,
  audience: Audience,
  original: Pick<ItemRow, 'authorId'> = item,
): boolean {
  if (!isConfidential(item)) return true;
  if (audience === 'everybody') return false;
  const { principal, head, isLimited = false } = audience;
  if (seesAll(principal, head) && !isLimited) return true;
  const { userId } = principal;
  // What older versions or a host have stored without its asker has no other reader.
  const isOrphan = (item.authorId ?? original.authorId) === undefined;
  if (isOrphan && isOwner(principal, head) && !isLimited) return true;
  return userId !== undefined && (item.authorId === userId || original.authorId === userId);
}
