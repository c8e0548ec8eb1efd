import type { HeaderSource } from './request-source.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import type { Thread } from '../../api/thread.ts';

interface EntityTag {
  readonly isWeak: boolean;
  readonly text: string;
}

/** The ETag of a thread. */
export function etagOf(thread: Thread): string {
  return `"${thread.version}"`;
}

/**
 * The version that a change must find, from `If-Match` (RFC 9110, section 13.1.1), or `undefined`
 * for any. From a list it takes the thread's current version, so that the change applies to exactly
 * what was compared. Weak tags never match. Throws `precondition_failed`, `invalid_request`, and
 * what `readThread` throws.
 */
export async function readIfVersion(
  headers: HeaderSource,
  readThread: () => Promise<Thread>,
): Promise<number | undefined> {
  const header = headers.get('if-match');
  if (header === null || header.trim() === '*') return undefined;
  const tags = parseTags(header);
  const versions = tags.flatMap(versionOf);
  if (tags.length === 1 && versions.length === 1) return versions[0];
  const { version } = await readThread();
  if (versions.includes(version)) return version;
  throw new SkeinError(
    'precondition_failed',
    `The thread is at version ${version}, which If-Match does not list. Read it again.`,
  );
}

/** Whether `If-None-Match` lists this version, which the reader then already has. */
export function isNotModified(headers: HeaderSource, thread: Thread): boolean {
  const header = headers.get('if-none-match');
  return (
    header !== null &&
    header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etagOf(thread))
  );
}

function parseTags(header: string): EntityTag[] {
  const tags: EntityTag[] = [];
  const pattern = /[ \t]*(W\/)?"([^"]*)"[ \t]*(?:,|$)/y;
  while (pattern.lastIndex < header.length) {
    const match = pattern.exec(header);
    if (match === null)
      throw invalid(
        'If-Match',
        'must be the ETag of the thread, such as "3" with its quotes, or *',
      );
    tags.push({ isWeak: match[1] !== undefined, text: match[2]! });
  }
  if (tags.length === 0) throw invalid('If-Match', 'must not be empty');
  return tags;
}

function versionOf(tag: EntityTag): number[] {
  return !tag.isWeak && /^(0|[1-9][0-9]{0,14})$/.test(tag.text) ? [Number(tag.text)] : [];
}
