import { givenTitle } from '../head/given-title.ts';
import { toBase64Url } from '../../shared/bytes.ts';
import { invalid } from '../../shared/error.ts';
import { limits as fixedLimits, type Limits } from '../../api/limits.ts';
import { mustMetadata, mustOneOf, mustShortText } from '../../shared/validate.ts';
import { threadModes, threadVisibilities, type NewThread } from '../../api/thread.ts';
import type { ThreadRow } from '../../records/tables.ts';

/** The fields of a head that its creator chooses. */
export type ThreadContent = Pick<
  ThreadRow,
  | 'mode'
  | 'scopeType'
  | 'scopeId'
  | 'title'
  | 'titleSource'
  | 'visibility'
  | 'listedPublicly'
  | 'linkKey'
  | 'metadata'
  | 'tags'
>;

/** Validates and copies the content of a new thread, except its items. */
export function prepareThread(
  limits: Limits,
  input: Omit<NewThread, 'items' | 'id'>,
): ThreadContent {
  const { title, mode = 'assistant', visibility = 'private' } = input;
  return {
    ...mustScope(input.scopeType, input.scopeId),
    ...givenTitle(title),
    mode: mustOneOf(threadModes, mode, 'mode'),
    ...visibilityOf(visibility),
    metadata: mustMetadata(input.metadata, 'metadata', limits.metadataBytesMax),
    tags: mustTags(input.tags ?? [], limits),
  };
}

/** A scope needs both of its halves or neither. */
export function mustScope(
  scopeType: unknown,
  scopeId: unknown,
): { scopeType?: string; scopeId?: string } {
  if (scopeType === undefined && scopeId === undefined) return {};
  if (scopeType === undefined) throw invalid('scopeType', 'is required with scopeId');
  if (scopeId === undefined) throw invalid('scopeId', 'is required with scopeType');
  return {
    scopeType: mustShortText(scopeType, 'scopeType'),
    scopeId: mustShortText(scopeId, 'scopeId'),
  };
}

/** A thread that becomes unlisted gets a new key: who had an earlier one is let in no more. */
export function visibilityOf(
  value: unknown,
): Pick<ThreadRow, 'visibility' | 'listedPublicly' | 'linkKey'> {
  const visibility = mustOneOf(threadVisibilities, value, 'visibility');
  return {
    visibility,
    listedPublicly: visibility === 'public' ? true : undefined,
    linkKey: visibility === 'unlisted' ? newLinkKey() : undefined,
  };
}

function newLinkKey(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}

export function mustTags(value: unknown, limits: Limits): string[] {
  if (!Array.isArray(value)) throw invalid('tags', 'must be an array');
  if (value.length > limits.tagsMax)
    throw invalid('tags', `must have at most ${limits.tagsMax} tags`);
  const tags = value.map((tag: unknown, i) =>
    mustShortText(tag, `tags.${i}`, fixedLimits.tagLengthMax),
  );
  return [...new Set(tags)];
}
