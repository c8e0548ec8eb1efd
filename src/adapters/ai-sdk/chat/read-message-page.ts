import type { Item, ItemPage } from '../../../api/item.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import { utf8Length } from '../../../shared/bytes.ts';
import { toUIMessages } from '../ui-messages.ts';

interface PageRules {
  readonly limit: number;
  /** The cursor of the page after this one. */
  readonly after: string | undefined;
  readonly bytesMax: number;
}

/** Messages as JSON, oldest first. */
interface MessagePage {
  readonly texts: readonly string[];
  /** The cursor of the page before; absent if there is none. */
  readonly nextCursor: string | undefined;
}

/**
 * The newest messages that fit into `limit` and `bytesMax`, at least one. Deleted ones are left
 * out. It reads no more than it needs: a few at first, and then as many as their size promises.
 */
export async function readMessagePage(
  project: ProjectApi,
  threadId: string,
  { limit, after, bytesMax }: PageRules,
): Promise<MessagePage> {
  const texts: string[] = [];
  let bytes = 0;
  let cursor = after;
  for (let step = 0; step < stepsMax && texts.length < limit && bytes < bytesMax; step++) {
    const promised = bytes === 0 ? limit : Math.ceil((bytesMax / bytes - 1) * texts.length);
    const count = Math.min(limit - texts.length, step === 0 ? firstStep : promised);
    const page = await list(project, threadId, count, cursor);
    const read = page.data.map(textOf);
    const fitting = countFitting(read, bytesMax - bytes, texts.length === 0);
    texts.push(...read.slice(0, fitting).filter((text) => text !== ''));
    if (fitting < read.length) {
      // The cursor behind the last one that fits; without any it is the one that led here.
      const shorter = fitting > 0 ? await list(project, threadId, fitting, cursor) : undefined;
      return { texts: texts.toReversed(), nextCursor: shorter?.nextCursor ?? cursor };
    }
    bytes += read.reduce((sum, text) => sum + utf8Length(text), 0);
    cursor = page.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return { texts: texts.toReversed(), nextCursor: cursor };
}

/** A page of a thread in which nearly all was deleted may be shorter. */
const stepsMax = 20;

/** Empty for a deleted message. */
function textOf(item: Item): string {
  if (item.redactedAt !== undefined) return '';
  return JSON.stringify(toUIMessages([item])[0]);
}

const firstStep = 20;

function list(
  project: ProjectApi,
  threadId: string,
  limit: number,
  after: string | undefined,
): Promise<ItemPage> {
  const options = { order: 'desc', limit, ...(after !== undefined && { after }) } as const;
  return project.items.list(threadId, options);
}

/** How many of the texts fit, beginning with the first. */
function countFitting(texts: readonly string[], bytesMax: number, isFirst: boolean): number {
  let bytes = 0;
  let hasOne = !isFirst;
  const end = texts.findIndex((text) => {
    bytes += utf8Length(text);
    const isTooMuch = hasOne && text !== '' && bytes > bytesMax;
    hasOne ||= text !== '';
    return isTooMuch;
  });
  return end < 0 ? texts.length : end;
}
