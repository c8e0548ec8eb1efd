import type { LiveOptions } from '../live.ts';
import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';
import type {
  IssuedShare,
  NewShare,
  Share,
  SharedApi,
  SharedItem,
  SharedItemOptions,
  SharedThread,
  SharesApi,
  ThreadSharing,
} from '../share.ts';
import type { Thread } from '../thread.ts';
import type { WithVerbs } from '../verb.ts';

export const shareEndpoints = {
  getSharing: 'GET /v1/threads/{threadId}/share',
  createShare: 'POST /v1/threads/{threadId}/shares',
  listShares: 'GET /v1/threads/{threadId}/shares',
  revokeShare: 'DELETE /v1/threads/{threadId}/shares/{shareId}',
  getShared: 'GET /v1/shared/{token}',
  listSharedItems: 'GET /v1/shared/{token}/items',
  followShared: 'GET /v1/shared/{token}/live',
  forkShared: 'POST /v1/shared/{token}/fork',
} as const;

/** Each operation but the live one is a verb, and these are the slots of its arguments. */
export const shareVerbs = {
  getSharing: ['shares.sharing', 'threadId'],
  createShare: ['shares.create', 'threadId', 'body'],
  listShares: ['shares.list', 'threadId', 'query'],
  revokeShare: ['shares.revoke', 'threadId', ['shareId']],
  getShared: ['shared.get', 'token'],
  listSharedItems: ['shared.items', 'token', 'query'],
  forkShared: ['shared.forkWithOutcome', 'token', 'options'],
} as const;

export const shareTable = {
  group: 'Sharing',
  parameters: {
    shareId: { description: "A link's id." },
    token: { description: "A link's token, which was shown when it was made." },
  },
  operations: {
    getSharing: {
      summary: 'Read how a thread is shared',
      description: [
        'For the owner: the address by which others read an unlisted or public thread.',
      ],
      responses: {
        200: { description: 'The address.', schema: 'ThreadSharing', addressIn: 'shareUrl' },
      },
    },
    createShare: {
      summary: 'Make a link to a thread',
      description: [
        'With it everybody reads the thread, also a private one. For the owner. The token is shown',
        'this once. A frozen link shows the thread as it is now, and nothing later but redactions.',
      ],
      body: { schema: 'NewShare', isOptional: true, example: { expiresInSeconds: 86_400 } },
      responses: {
        201: { description: 'The link and its token.', schema: 'IssuedShare', addressIn: 'url' },
      },
    },
    listShares: {
      summary: 'List the links to a thread',
      query: 'ShareListQuery',
      responses: { 200: { description: 'A page of links, newest last.', schema: 'SharePage' } },
    },
    revokeShare: {
      summary: 'Revoke a link',
      description: ['It ends at once, also for those who have it open.'],
      responses: { 204: { description: 'The link has ended.' } },
    },
    getShared: {
      summary: 'Read what a link shows',
      description: [
        'Everybody who has the link may read, as an anonymous caller: nothing private, hidden,',
        'archived or redacted is in it. An unknown, expired or revoked token is 404.',
      ],
      isByLink: true,
      responses: {
        200: { description: 'The thread, as far as it is told.', schema: 'SharedThread' },
      },
    },
    listSharedItems: {
      summary: 'Read the items behind a link',
      description: [
        'Everybody who has the link may read, as an anonymous caller: nothing private, hidden,',
        'archived or redacted is in it. An unknown, expired or revoked token is 404.',
      ],
      isByLink: true,
      query: 'SharedItemsQuery',
      responses: { 200: { description: 'A page of items.', schema: 'SharedItemPage' } },
    },
    followShared: {
      summary: 'Follow the thread behind a link',
      description: [
        'Server-sent events as of the live tail of a thread: `item`, `change` and `head`. It ends',
        'when the link does. A frozen link has none.',
      ],
      query: 'SharedLiveQuery',
      takesLastEventId: true,
      responses: {
        200: {
          description: 'The events, until the client disconnects.',
          contentType: 'text/event-stream',
        },
      },
    },
    forkShared: {
      summary: 'Continue in a thread of your own',
      description: [
        'Copies what the link shows into a new thread, its newest 1,000 items at most. The copy is its',
        "owner's: what is redacted, edited or deleted later in the source, or a link that ends, does not",
        'change it.',
      ],
      isByLink: true,
      takesIdempotencyKey: true,
      responses: {
        200: { description: 'It was copied before: the request was a retry.', schema: 'Thread' },
        201: { description: 'The new thread.', schema: 'Thread' },
      },
    },
  },
} as const;

export type SharedLiveQuery = Pick<LiveOptions, 'after'>;

interface ShareTypes {
  readonly schemas: {
    readonly ThreadSharing: ThreadSharing;
    readonly NewShare: NewShare;
    readonly Share: Share;
    readonly IssuedShare: IssuedShare;
    readonly SharePage: Page<Share>;
    readonly SharedThread: SharedThread;
    readonly SharedItem: SharedItem;
    readonly SharedItemPage: Page<SharedItem>;
    readonly Thread: Thread;
  };
  readonly queries: {
    readonly ShareListQuery: PageOptions;
    readonly SharedItemsQuery: SharedItemOptions;
    readonly SharedLiveQuery: SharedLiveQuery;
  };
}

export type ShareNoun = WithVerbs<
  NounOf<typeof shareEndpoints, typeof shareTable, ShareTypes>,
  typeof shareVerbs,
  { readonly shares: SharesApi; readonly shared: SharedApi }
>;
