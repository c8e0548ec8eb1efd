import { z } from 'zod';
import type { Page } from '../../api/page.ts';
import { integerParameter, textParameter } from './fields.ts';
import { limits } from '../limits.ts';

/** The query parameters that every list takes. */
export const pageParameters: {
  limit: z.ZodExactOptional<z.ZodType<number>>;
  after: z.ZodExactOptional<z.ZodType<string>>;
  before: z.ZodExactOptional<z.ZodType<string>>;
} = {
  limit: z.exactOptional(
    integerParameter(
      1,
      limits.pageSizeMax,
      `Entries of the page, ${limits.pageSizeDefault} unless given.`,
    ),
  ),
  after: z.exactOptional(
    textParameter('The nextCursor of a page: what follows it. For items also an item id.'),
  ),
  before: z.exactOptional(
    textParameter('The prevCursor of a page: what comes before it. For items also an item id.'),
  ),
};

/** What is added to `data` in a page. */
export const pageCursors: {
  nextCursor: z.ZodType<string | null>;
  prevCursor: z.ZodType<string | null>;
} = {
  nextCursor: z
    .string()
    .nullable()
    .describe(
      'Give it as `after` for the page that follows. Only null means the end: a page may be short or empty.',
    ),
  prevCursor: z.string().nullable().describe('Give it as `before` for the page before this one.'),
};

export function pageOf<T>(element: z.ZodType<T>): z.ZodType<Page<T>> {
  return z.looseObject({ data: z.array(element), ...pageCursors });
}
