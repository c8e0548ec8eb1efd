import { invalid } from '../../shared/error.ts';
import { parseItemId, type ItemId } from '../../shared/ids.ts';
import type { ItemContent } from '../../records/thread-draft.ts';
import type { Reading } from '../base/core.ts';
import type { Stamp } from '../requests/idempotency.ts';
import {
  mustBoolean,
  mustFit,
  mustInteger,
  mustKnownKeys,
  mustMetadata,
  mustOneOf,
  mustShortText,
  optionalShortText,
} from '../../shared/validate.ts';
import {
  itemVisibilities,
  newItemFields,
  roles,
  type NewItem,
  type Part,
  type Role,
} from '../../api/item.ts';
import { toParts } from '../../shared/parts.ts';

/** A new item, validated and copied before the thread is read. */
export interface PreparedItem {
  readonly content: ItemContent;
  /** False if the caller gave none: an edit then keeps the original's visibility. */
  readonly hasVisibility: boolean;
  /** Whether it names an author other than the caller. */
  readonly isForAnother: boolean;
  /** It goes on with an answer that waits. The start of the run has checked who may do that. */
  readonly isContinuation?: boolean;
  /** The approximate size in bytes. */
  readonly weight: number;
  /** Its path in the request, for errors. */
  readonly path: string;
}

export function prepareItems(
  reading: Reading,
  inputs: readonly NewItem[],
  stamp: Stamp,
  isContinuing = false,
): PreparedItem[] {
  const { limits } = reading.core;
  if (!Array.isArray(inputs)) throw invalid('items', 'must be an array');
  if (inputs.length > limits.itemsPerRequestMax) {
    throw invalid('items', `must have at most ${limits.itemsPerRequestMax} items`);
  }
  return inputs.map((input, i) => {
    // Such a revision repeats what is stored; what it adds is measured once that is known.
    const isMeasuredLater = isContinuing && mayContinue(input);
    return prepareItem(reading, input, stamp, { path: `items.${i}`, isMeasuredLater });
  });
}

/** Whether an item may be an answer with what people added to it. */
export function mayContinue({ role, replacesId }: ItemContent | NewItem): boolean {
  return role === 'assistant' && replacesId !== undefined;
}

const knownKeys: ReadonlySet<string> = new Set(Object.keys(newItemFields));

function prepareItem(
  { core, principal }: Reading,
  input: NewItem,
  { requestId, nowMs }: Stamp,
  { path, isMeasuredLater }: { readonly path: string; readonly isMeasuredLater: boolean },
): PreparedItem {
  const { limits } = core;
  mustKnownKeys(input, knownKeys, path);
  const role = mustOneOf(roles, input.role, `${path}.role`);
  const parts = partsOf(input, path);
  const bytesMax = isMeasuredLater ? Number.POSITIVE_INFINITY : limits.partsBytesMax;
  const weight = mustFit(parts, `${path}.parts`, bytesMax);
  const authorId = optionalShortText(input.authorId, `${path}.authorId`);
  const defaultAuthorId = role === 'user' ? principal.userId : undefined;
  const { visibility = 'visible', attempt = 1, private: isPrivate = false } = input;
  return {
    path,
    weight,
    hasVisibility: input.visibility !== undefined,
    isForAnother: authorId !== undefined && authorId !== principal.userId,
    content: {
      authorId: authorId ?? defaultAuthorId,
      role,
      parts,
      runId: optionalShortText(input.runId, `${path}.runId`),
      spanId: optionalShortText(input.spanId, `${path}.spanId`),
      parentId: optionalItemId(input.parentId, `${path}.parentId`),
      visibility: mustOneOf(itemVisibilities, visibility, `${path}.visibility`),
      private: mustBoolean(isPrivate, `${path}.private`),
      sawPrivate: sawPrivateOf(input, role, path),
      attempt: mustInteger(attempt, `${path}.attempt`, 1, 1_000_000),
      requestId: optionalShortText(input.requestId, `${path}.requestId`) ?? requestId,
      key: input.key === undefined ? undefined : mustShortText(input.key, `${path}.key`),
      replacesId: optionalItemId(input.replacesId, `${path}.replacesId`),
      metadata: mustMetadata(input.metadata, `${path}.metadata`, limits.metadataBytesMax),
      createdAt: nowMs,
    },
  };
}

/** What a model or a tool has made says in any case whether it saw something private. */
function sawPrivateOf({ sawPrivate }: NewItem, role: Role, path: string): boolean | undefined {
  if (sawPrivate !== undefined) return mustBoolean(sawPrivate, `${path}.sawPrivate`);
  return role === 'assistant' || role === 'tool' ? false : undefined;
}

function partsOf(input: NewItem, path: string): readonly Part[] {
  if ((input.parts === undefined) === (input.text === undefined)) {
    throw invalid(path, 'must have either parts or text');
  }
  if (input.text === undefined) return toParts(input.parts, `${path}.parts`);
  if (typeof input.text !== 'string') throw invalid(`${path}.text`, 'must be a string');
  return [{ type: 'text', text: input.text }];
}

function optionalItemId(value: unknown, path: string): ItemId | undefined {
  if (value === undefined) return undefined;
  const id = typeof value === 'string' ? parseItemId(value) : undefined;
  if (id === undefined) throw invalid(path, 'must be the id of an item of this thread');
  return id;
}
