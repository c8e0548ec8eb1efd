import { SkeinError } from '../../../shared/error.ts';
import type { Item } from '../../../domain/items/item.ts';
import type { ProjectApi } from '../../../domain/project-api.ts';

/**
 * What stands now in the place of the message with this id, whoever gave the id: the client, whose ids are
 * keys, or the store. `undefined` when there is none, or no such thread.
 */
export async function findMessage(
  project: ProjectApi,
  threadId: string,
  messageId: string,
): Promise<Item | undefined> {
  const options = { key: messageId, view: 'log', limit: 1 } as const;
  const found = await unlessMissing(project.items.list(threadId, options));
  let item = found?.data[0] ?? (await unlessMissing(project.items.get(threadId, messageId)));
  for (let revision = 0; item?.replacedById !== undefined; revision++) {
    if (revision === revisionsMax)
      throw new SkeinError('conflict', 'The message changes too fast.');
    item = await unlessMissing(project.items.get(threadId, item.replacedById));
  }
  return item;
}

/** Of an original the newest revision is known at once; a revision knows only the one after it. */
const revisionsMax = 1000;

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function isNotFound(error: unknown): error is SkeinError {
  return error instanceof SkeinError && error.code === 'not_found';
}
