import { z } from 'zod';
import type { ReactionNoun } from '../../api/operations/reactions.ts';
import type { PageOptions } from '../../api/page.ts';
import type { Reaction, Reactor } from '../../api/reaction.ts';
import { timeField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

export const reactionSchema: z.ZodType<Reaction> = z.looseObject({
  emoji: z.string().describe('An emoji, fully qualified, or a short name in colons.'),
  count: z.int().describe('How many users reacted with it.'),
  mine: z.boolean().describe('Whether you are one of them.'),
  userIds: z.array(z.string()).describe('The first of them, at most ten.'),
});

const reactorSchema: z.ZodType<Reactor> = z.looseObject({
  userId: z.string(),
  reactedAt: timeField,
});

const reactorListQuery: z.ZodType<PageOptions> = z.strictObject(pageParameters);

export const reactionSchemas: NounSchemas<ReactionNoun> = {
  schemas: {
    Reaction: reactionSchema,
    Reactor: reactorSchema,
    ReactorPage: pageOf(reactorSchema),
  },
  queries: { ReactorListQuery: reactorListQuery },
};
