import { z } from 'zod';
import type { Page } from '../../api/page.ts';
import { integerParameter, textParameter } from './fields.ts';
import { limits } from '../../api/limits.ts';

/** The query parameters of every list. */
export const pageParameters: {
  limit: z.ZodExactOptional<z.ZodType<number>>;
  after: z.ZodExactOptional<z.ZodType<string>>;
  before: z.ZodExactOptional<z.ZodType<string>>;
} = {
  limit: z.exactOptional(
    integerParameter(1, limits.pageSizeMax, `Entries per page. Default ${limits.pageSizeDefault}.`),
  ),
  after: z.exactOptional(
    textParameter(
      'The nextCursor of the previous page of this list; no other. For items also an item id.',
    ),
  ),
  before: z.exactOptional(
    textParameter(
      'The prevCursor of the following page of this list; no other. For items also an item id.',
    ),
  ),
};

/** The fields of a page in addition to `data`. */
export const pageCursors: {
  nextCursor: z.ZodType<string | null>;
  prevCursor: z.ZodType<string | null>;
} = {
  nextCursor: z
    .string()
    .nullable()
    .describe(
      'Give it as `after` to read the following page. Only null means the end: a page may be short or empty.',
    ),
  prevCursor: z.string().nullable().describe('Give it as `before` to read the previous page.'),
};

export function pageOf<T>(element: z.ZodType<T>): z.ZodType<Page<T>> {
  return z.looseObject({ data: z.array(element), ...pageCursors });
}
