import type { InboxApi } from '../../api/inbox.ts';
import { inbox } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { examineInbox, purgeEntries } from './examine-inbox.ts';
import { fillInboxes } from './fill-inboxes.ts';
import { listInbox } from './list-inbox.ts';
import { markSeen } from './mark-seen.ts';
import { promiseEntries, putInvites } from './promise-entries.ts';

/** What is news for a user: mentions, replies and invitations. */
export const inboxNoun: Noun<{ inbox: InboxApi }> = {
  name: 'inbox',
  tables: [inbox],
  examine: { store: examineInbox },
  api: (reading) => ({
    inbox: {
      list: (options) => listInbox(reading, options),
      markSeen: (marks) => markSeen(reading, marks),
    },
  }),
  tasks: { 'fill-inboxes': fillInboxes },
  onAppend: promiseEntries,
  onInvite: putInvites,
  onPurge: purgeEntries,
};
