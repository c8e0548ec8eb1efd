import type { HeaderSource } from './request-source.ts';
import { invalid, SkeinError } from '../../shared/error.ts';

interface EntityTag {
  readonly isWeak: boolean;
  readonly text: string;
}

/** What has an ETag: its version. */
export interface Versioned {
  readonly version: number;
}

export function etagOf({ version }: Versioned): string {
  return `"${version}"`;
}

/**
 * The version that a change must find, from `If-Match` (RFC 9110, section 13.1.1), or `undefined`
 * for any. From a list it takes the current version, so that the change applies to exactly what was
 * compared. Weak tags never match. Throws `precondition_failed`, `invalid_request`, and what
 * `readCurrent` throws.
 */
export async function readIfVersion(
  headers: HeaderSource,
  readCurrent: () => Promise<Versioned>,
): Promise<number | undefined> {
  const header = headers.get('if-match');
  if (header === null || header.trim() === '*') return undefined;
  const tags = parseTags(header);
  const versions = tags.flatMap(versionOf);
  if (tags.length === 1 && versions.length === 1) return versions[0];
  const { version } = await readCurrent();
  if (versions.includes(version)) return version;
  throw new SkeinError(
    'precondition_failed',
    `The current version is ${version}, which If-Match does not list. Read it again.`,
  );
}

/**
 * The versions in `If-Match`, of which the thread must have one; `undefined` for any. The store
 * compares them in the commit, so that a repeated call gets its first answer. Throws
 * `invalid_request`.
 */
export function readIfVersions(headers: HeaderSource): readonly number[] | undefined {
  const header = headers.get('if-match');
  if (header === null || header.trim() === '*') return undefined;
  return parseTags(header).flatMap(versionOf);
}

/**
 * Where nothing has an ETag that could be compared, none matches (RFC 9110, section 13.1.1), and
 * nothing is done: a client that asks for a comparison must not believe that there was one.
 */
export function mustBeUnconditional(headers: HeaderSource): void {
  if (readIfVersions(headers) === undefined) return;
  throw new SkeinError(
    'precondition_failed',
    'This request has no ETag to compare with If-Match, so nothing was done. Leave the header out.',
  );
}

/** Whether `If-None-Match` lists this ETag: the reader then has what it stands for. */
export function isNotModified(headers: HeaderSource, etag: string): boolean {
  const header = headers.get('if-none-match');
  return (
    header !== null && header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  );
}

function parseTags(header: string): EntityTag[] {
  const tags: EntityTag[] = [];
  const pattern = /[ \t]*(W\/)?"([^"]*)"[ \t]*(?:,|$)/y;
  while (pattern.lastIndex < header.length) {
    const match = pattern.exec(header);
    if (match === null)
      throw invalid('If-Match', 'must be an ETag, such as "3" with its quotes, or *');
    tags.push({ isWeak: match[1] !== undefined, text: match[2]! });
  }
  if (tags.length === 0) throw invalid('If-Match', 'must not be empty');
  return tags;
}

function versionOf(tag: EntityTag): number[] {
  return !tag.isWeak && /^(0|[1-9][0-9]{0,14})$/.test(tag.text) ? [Number(tag.text)] : [];
}
