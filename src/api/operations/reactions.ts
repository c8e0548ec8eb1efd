import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';
import type { Reaction, ReactionsApi, Reactor } from '../reaction.ts';
import type { WithVerbs } from '../verb.ts';

export const reactionEndpoints = {
  addReaction: 'PUT /v1/threads/{threadId}/items/{itemId}/reactions/{emoji}',
  removeReaction: 'DELETE /v1/threads/{threadId}/items/{itemId}/reactions/{emoji}',
  listReactions: 'GET /v1/threads/{threadId}/items/{itemId}/reactions/{emoji}',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const reactionVerbs = {
  addReaction: ['reactions.add', 'threadId', [{ itemId: 'itemId', emoji: 'emoji' }]],
  removeReaction: ['reactions.remove', 'threadId', [{ itemId: 'itemId', emoji: 'emoji' }]],
  listReactions: ['reactions.list', 'threadId', 'itemId', 'emoji', 'query'],
} as const;

export const reactionTable = {
  group: 'Reactions',
  parameters: {
    itemId: { description: "An item's id." },
    emoji: {
      description:
        'One emoji, percent-encoded, or a short name of your own in colons: :party-parrot:',
      example: '%F0%9F%91%8D',
    },
  },
  operations: {
    addReaction: {
      summary: 'React to an item',
      description: [
        'For those who may write. Once a user and emoji: again, it changes nothing.',
        'An item has at most 50 different emoji.',
        'The version of the thread stays.',
      ],
      responses: { 200: { description: 'What the emoji has got.', schema: 'Reaction' } },
      errors: ['conflict'],
    },
    removeReaction: {
      summary: 'Take a reaction back',
      responses: { 204: { description: 'The item has no such reaction of yours.' } },
    },
    listReactions: {
      summary: 'List who reacted',
      description: ['With this emoji, by user id.'],
      query: 'ReactorListQuery',
      responses: { 200: { description: 'A page of users.', schema: 'ReactorPage' } },
    },
  },
} as const;

interface ReactionTypes {
  readonly schemas: {
    readonly Reaction: Reaction;
    readonly Reactor: Reactor;
    readonly ReactorPage: Page<Reactor>;
  };
  readonly queries: { readonly ReactorListQuery: PageOptions };
}

export type ReactionNoun = WithVerbs<
  NounOf<typeof reactionEndpoints, typeof reactionTable, ReactionTypes>,
  typeof reactionVerbs,
  { readonly reactions: ReactionsApi }
>;
