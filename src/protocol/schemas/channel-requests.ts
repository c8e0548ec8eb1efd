import { z } from 'zod';
import type { LiveThread } from '../../api/live.ts';
import { limits } from '../../api/limits.ts';
import { itemViews } from './items.ts';

/** What a client says over a WebSocket. */
export type ChannelRequest =
  /** The first message of a client that cannot send headers. Without a token it is anonymous. */
  | { readonly type: 'auth'; readonly token?: string; readonly userId?: string }
  | { readonly type: 'subscribe'; readonly threads?: readonly LiveThread[] }
  | { readonly type: 'unsubscribe'; readonly ids: readonly string[] };

const id = z.string().min(1).max(limits.idLengthMax);
const position = z.string().min(1).max(2048);

const thread: z.ZodType<LiveThread> = z.strictObject({
  id,
  after: position.exactOptional(),
  view: z.enum(itemViews).exactOptional(),
  linkKey: id.exactOptional(),
  presence: z.boolean().exactOptional(),
  ref: id.exactOptional(),
});

const threadsMax = 1000;

export const channelRequest: z.ZodType<ChannelRequest> = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('auth'),
      token: z.string().min(1).max(16_384).exactOptional(),
      userId: id.exactOptional(),
    }),
    z.strictObject({
      type: z.literal('subscribe'),
      threads: z.array(thread).max(threadsMax).exactOptional(),
    }),
    z.strictObject({ type: z.literal('unsubscribe'), ids: z.array(id).max(threadsMax) }),
  ],
  'must be auth, subscribe or unsubscribe',
);
