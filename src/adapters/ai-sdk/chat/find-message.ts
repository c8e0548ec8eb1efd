import { SkeinError } from '../../../shared/error.ts';
import type { Item } from '../../../api/item.ts';
import type { ProjectApi } from '../../../api/project-api.ts';

/**
 * The message that now has the place of the message with this id, which may be the client's (a key)
 * or the store's. `undefined` if there is none, or no such thread, or if the caller, who is not a
 * member, does not see it.
 */
export async function findMessage(
  project: ProjectApi,
  threadId: string,
  messageId: string,
): Promise<Item | undefined> {
  const found = await unlessMissing(findByKey(project, threadId, messageId));
  return found ? newestOf(project, found) : findNewest(project, threadId, messageId);
}

/** The newest revision of an item, as the caller may see it. */
export async function findNewest(
  project: ProjectApi,
  threadId: string,
  itemId: string,
): Promise<Item | undefined> {
  const found = await unlessMissing(project.items.get(threadId, itemId));
  return found && newestOf(project, found);
}

async function newestOf(project: ProjectApi, found: Item): Promise<Item | undefined> {
  let item: Item | undefined = found;
  for (let revision = 0; item?.replacedById !== undefined; revision++) {
    if (revision === revisionsMax)
      throw new SkeinError('conflict', 'The message changes too fast; try again.');
    item = await unlessMissing(project.items.get(found.threadId, item.replacedById));
  }
  return item;
}

/** The newest revision of an original is known at once; a revision knows only the next one. */
const revisionsMax = 1000;

/**
 * The log includes archived messages, but only members may read it. Other callers get the visible
 * message: the newest revision, in the place of the item that has the key.
 */
async function findByKey(
  project: ProjectApi,
  threadId: string,
  key: string,
): Promise<Item | undefined> {
  const options = { key, limit: 1 } as const;
  try {
    return (await project.items.list(threadId, { ...options, view: 'log' })).data[0];
  } catch (error) {
    if (!isViewRefused(error)) throw error;
    return (await project.items.list(threadId, options)).data[0];
  }
}

/**
 * Throws `forbidden` unless the caller is a member: others may not change what was answered, and
 * must not find replaced messages by id.
 */
export async function mustBeMember(project: ProjectApi, threadId: string): Promise<void> {
  try {
    await unlessMissing(project.items.list(threadId, { view: 'log', limit: 1 }));
  } catch (error) {
    if (!isViewRefused(error)) throw error;
    const message = 'Only members of the thread may change its answers.';
    throw new SkeinError('forbidden', message, { cause: error });
  }
}

function isViewRefused(error: unknown): boolean {
  if (!(error instanceof SkeinError) || error.code !== 'invalid_request') return false;
  return error.issues.some(({ path }) => path === 'view');
}

export async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
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
