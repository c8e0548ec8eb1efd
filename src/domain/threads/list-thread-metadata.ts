import { mustKnowOptions } from '../../shared/validate.ts';
import { messagesIn } from '../../records/thread-draft.ts';
import { threads, type ThreadRow } from '../../records/tables.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { paginate } from '../base/paginate.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import type { ThreadMetadata } from '../../api/thread-metadata.ts';
import { presentThread } from '../base/present-thread.ts';
import { lastMessageOf } from '../head/preview.ts';
import type { TitleSource } from '../../api/thread.ts';

/** See `ThreadMetadataApi.list`. */
export async function listThreadMetadata(
  { core, principal }: Reading,
  options: PageOptions = {},
): Promise<Page<ThreadMetadata>> {
  mustKnowOptions(options, { limit: true, after: true, before: true });
  const prefix = [principal.projectId, mustUserId(principal), false];
  return paginate<ThreadRow, ThreadMetadata>(
    {
      // Cursors on the wire contain this name, an older word for thread metadata. Another name
      // would invalidate those in use.
      list: `conversations ${JSON.stringify(prefix)}`,
      shape: ['number', 'string'],
      isDescending: true,
      scan: (range) => core.records.scan(threads, { index: 'byOwner', prefix, ...range }),
      positionOf: ({ listedAt, id }) => [listedAt ?? 0, id],
      present: (heads) => Promise.resolve(heads.map(presentThreadMetadata)),
    },
    options,
  );
}

function presentThreadMetadata(head: ThreadRow): ThreadMetadata {
  const lastMessage = lastMessageOf(head);
  const isDerived = head.titleSource === ('derived' satisfies TitleSource);
  return {
    thread: presentThread(head),
    messageCount: messagesIn(head),
    ...(lastMessage && { lastMessage }),
    ...(isDerived && head.opening !== undefined && { opening: head.opening }),
  };
}
