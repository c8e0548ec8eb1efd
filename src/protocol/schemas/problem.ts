import { z } from 'zod';
import { errorCodes } from '../../shared/error.ts';
import type { Problem } from '../problem.ts';

export const problemSchema: z.ZodType<Problem> = z
  .looseObject({
    type: z.string().describe("A reference to the code's description."),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('For people; its wording may change.'),
    code: z.enum(errorCodes).describe('For programs; its meaning never changes.'),
    requestId: z.string().describe('The X-Request-Id of the response.'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .describe('For invalid_request: one entry per fault, at most 20.')
      .exactOptional(),
  })
  .describe('What went wrong (RFC 9457).');
