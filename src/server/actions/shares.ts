import type { ShareNoun } from '../../api/operations/shares.ts';
import { encodeSharedEvent } from '../../protocol/shared-events.ts';
import type { Actions } from '../call.ts';
import { events, eventsHead } from '../plain-response.ts';
import { linkHeaders } from '../verb-action.ts';

export const shareActions: Actions<ShareNoun> = {
  async followShared(call) {
    const token = call.param('token');
    const { shared } = call.project;
    if (call.method === 'HEAD') {
      await shared.get(token);
      return eventsHead();
    }
    const lastEventId = call.headers.get('last-event-id');
    const query = lastEventId ? { after: lastEventId } : call.query;
    return events(
      (signal) => shared.live(token, { ...query, signal }),
      encodeSharedEvent,
      linkHeaders,
    );
  },
};
