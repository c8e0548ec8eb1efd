import type { Page, PageOptions } from '../../api/page.ts';
import type { Reactor } from '../../api/reaction.ts';
import { reactions, type ReactionRow } from '../../records/tables.ts';
import type { ThreadIdText } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading } from '../base/core.ts';
import { paginate } from '../base/paginate.ts';
import { mustSeePlace } from '../items/annotated-item.ts';
import { mustEmoji } from './set-reactions.ts';

/** See `ReactionsApi.list`. */
export function listReactions(
  reading: Reading,
  threadId: ThreadIdText,
  asked: { readonly itemId: string; readonly emoji: string },
  options: PageOptions = {},
): Promise<Page<Reactor>> {
  return readThread(reading, threadId, async (head, visiting) => {
    const { original } = await mustSeePlace(visiting, head, asked.itemId);
    mustKnowOptions(options, { limit: true, after: true, before: true });
    const prefix = [head.id, original.id, mustEmoji(asked.emoji, 'emoji')];
    return paginate<ReactionRow, Reactor>(
      {
        list: `reactions ${prefix.join(' ')}`,
        shape: ['string'],
        isDescending: false,
        scan: (range) => visiting.core.records.scan(reactions, { prefix, ...range }),
        positionOf: ({ userId }) => [userId],
        present: (rows) => Promise.resolve(rows.map(presentReactor)),
      },
      options,
    );
  });
}

function presentReactor({ userId, reactedAt }: ReactionRow): Reactor {
  return { userId, reactedAt: isoTime(reactedAt) };
}
