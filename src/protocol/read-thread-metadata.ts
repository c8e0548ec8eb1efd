import type { ProjectApi, StoreProjectApi } from '../api/project-api.ts';
import type { ThreadMetadata } from '../api/thread-metadata.ts';
import type {
  ThreadMetadataPageOptions,
  Message,
  MessageHistory,
  MessagePageOptions,
  ThreadListResponse,
} from '../api/operations/thread-metadata.ts';
import {
  threadMetadataPageSizeDefault,
  isUuid,
  messagesPageSizeDefault,
  mustUuid,
  toMessage,
  toWireThreadMetadata,
} from './thread-metadata.ts';

/** How many threads are counted for `total`: one page of heads. */
const totalMax = 1000;
/** The most pages read to fill one, if threads are left out. */
const pagesMax = 10;

/**
 * The caller's own threads, most recent first, read from their heads alone. Threads whose ids are
 * not UUIDs are left out, since the response could not name them.
 */
export async function readThreadMetadata(
  project: Pick<StoreProjectApi, 'threadMetadata'>,
  { limit = threadMetadataPageSizeDefault, after }: ThreadMetadataPageOptions = {},
): Promise<ThreadListResponse> {
  const threads: ThreadMetadata[] = [];
  let cursor = after ?? null;
  for (let page = 0; page < pagesMax; page++) {
    const wanted = limit - threads.length;
    const { data, nextCursor } = await project.threadMetadata.list({
      limit: wanted,
      ...(cursor !== null && { after: cursor }),
    });
    threads.push(...data.filter(isListed));
    cursor = nextCursor;
    if (cursor === null || threads.length === limit) break;
  }
  const isAll = after === undefined && cursor === null;
  const total = isAll ? threads.length : await countThreads(project);
  return { threads: threads.map(toWireThreadMetadata), total, nextCursor: cursor };
}

async function countThreads(project: Pick<StoreProjectApi, 'threadMetadata'>): Promise<number> {
  const { data } = await project.threadMetadata.list({ limit: totalMax });
  return data.filter(isListed).length;
}

function isListed({ thread }: ThreadMetadata): boolean {
  return isUuid(thread.id) && isUuid(thread.ownerId);
}

/** The visible messages of the user and the assistant in a thread, oldest first. */
export async function readMessages(
  project: Pick<ProjectApi, 'items'>,
  threadId: string,
  { limit = messagesPageSizeDefault, ...options }: MessagePageOptions = {},
): Promise<MessageHistory> {
  const id = mustUuid(threadId, 'threadId');
  const page = await project.items.list(id, { limit, ...options });
  const messages = page.data.map(toMessage).filter((message): message is Message => !!message);
  return { threadId: id, messages, nextCursor: page.nextCursor };
}
