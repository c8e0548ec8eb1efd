import { z } from 'zod';
import type { LiveChannelQuery, LiveNoun, LiveQuery } from '../../api/operations/live.ts';
import { booleanParameter, textParameter } from './fields.ts';
import { itemViews } from './items.ts';
import type { NounSchemas } from './noun-schemas.ts';

export const liveQuery: z.ZodType<LiveQuery> = z.strictObject({
  after: textParameter(
    'The cursor of an earlier event or of an item page. Default: now.',
  ).exactOptional(),
  view: z.enum(itemViews).describe('As for the list of items. Default current.').exactOptional(),
});

const threadParameterMax = 50;

const liveChannelQuery: z.ZodType<LiveChannelQuery> = z.strictObject({
  thread: z
    .array(z.string().min(1).max(2048))
    .max(threadParameterMax)
    .describe("A thread's id, or the id, `@` and a cursor of the thread; may be repeated.")
    .exactOptional(),
  view: z.enum(itemViews).describe('As for the list of items. Default current.').exactOptional(),
  presence: booleanParameter(
    'true: you are seen as present in groups and direct threads, and see who else is.',
  ).exactOptional(),
});

export const liveSchemas: NounSchemas<LiveNoun> = {
  schemas: {},
  queries: { LiveQuery: liveQuery, LiveChannelQuery: liveChannelQuery },
};
