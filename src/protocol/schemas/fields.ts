import { z } from 'zod';
import { parseItemId, parseThreadId, type ItemId, type ThreadId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Part } from '../../api/item.ts';
import { limits, listEntriesMax } from '../../api/limits.ts';

/** Building blocks of the wire schemas. OpenAPI shows their `meta`. */

/** No control characters and no line separators. */
export const shortTextPattern = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$';
/** A new thread's id is not `.` or `..`, which cannot stand in a path. */
export const threadIdPattern = '^(?!\\.{1,2}$)[A-Za-z0-9_.:-]{1,128}$';
const itemIdPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';

export const threadIdField: z.ZodType<ThreadId> = z
  .custom<ThreadId>(
    (value) => typeof value === 'string' && parseThreadId(value) !== undefined,
    'must be a thread id',
  )
  .meta({ type: 'string', pattern: '^[A-Za-z0-9_.:-]{1,128}$' });

export const itemIdField: z.ZodType<ItemId> = z
  .custom<ItemId>(
    (value) => typeof value === 'string' && parseItemId(value) !== undefined,
    'must be an item id',
  )
  .meta({ type: 'string', format: 'uuid', pattern: itemIdPattern });

/** Names an item of the thread. The domain looks whether there is one. */
export const itemReference: z.ZodType<string> = z
  .string()
  .meta({ format: 'uuid', pattern: itemIdPattern });

/** A text as `mustShortText` of the domain takes it, which checks it. */
export function shortTextField(lengthMax: number = limits.idLengthMax): z.ZodType<string> {
  return z.string().meta({ minLength: 1, maxLength: lengthMax, pattern: shortTextPattern });
}

export const timeField: z.ZodType<string> = z
  .string()
  .meta({ format: 'date-time', description: 'ISO 8601, UTC, milliseconds.' });

/** A query parameter that names an item of the thread. The domain looks whether there is one. */
export function itemParameter(description: string): z.ZodType<string> {
  return z.string().min(1).max(2048).meta({ format: 'uuid', pattern: itemIdPattern, description });
}

/** What a body is refused for if it has both fields. The domain looks for it. */
export function notTogether(...fields: readonly string[]): { readonly not: JsonObject } {
  return { not: { required: fields } };
}

/** A body that has the field is refused unless others are so. The domain looks for it. */
export function onlyIf(field: string, properties: JsonObject): { readonly anyOf: JsonObject[] } {
  return { anyOf: [{ not: { required: [field] } }, { properties }] };
}

/**
 * The domain checks and copies parts and metadata: a copy made here would lose `__proto__` keys.
 */
export const partsField: z.ZodType<readonly Part[]> = z
  .custom<readonly Part[]>((value) => Array.isArray(value), 'must be an array')
  .meta({
    type: 'array',
    items: {
      type: 'object',
      properties: { type: { type: 'string', minLength: 1 } },
      required: ['type'],
      additionalProperties: true,
    },
    description:
      'Pieces of content, each `{type, ...}`. Known kinds are validated; unknown kinds and fields are returned exactly as sent. `{"type": "mention", "userId": …, "name": …}` mentions a user; an item has at most 50 of these.',
  });

export const metadataField: z.ZodType<JsonObject> = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .meta({
    type: 'object',
    additionalProperties: true,
    description: 'Any JSON object, at most 64 KiB.',
  });

/**
 * A list with a bounded number of entries. A longer one is rejected before its entries are
 * examined.
 */
export function listOf<T>(element: z.ZodType<T>): z.ZodType<T[]> {
  return z
    .custom<unknown[]>(
      (value) => Array.isArray(value) && value.length <= listEntriesMax,
      `must be an array of at most ${listEntriesMax} entries`,
    )
    .pipe(z.array(element));
}

/** The domain limits their number, as configured. */
export const tagsField: z.ZodType<string[]> = listOf(
  z.string().min(1).max(limits.tagLengthMax).meta({ pattern: shortTextPattern }),
);

/** A query parameter that is a whole number in plain digits. */
export function integerParameter(min: number, max: number, description: string): z.ZodType<number> {
  return z
    .transform<unknown, number>((value, context) => {
      const number =
        typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      context.issues.push({
        code: 'custom',
        message: `must be a whole number from ${min} to ${max}`,
        input: value,
      });
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: min, maximum: max, description });
}

/** A query parameter that is `true` or `false`. */
export function booleanParameter(description: string): z.ZodType<boolean> {
  return z
    .transform<unknown, boolean>((value, context) => {
      if (value === 'true') return true;
      if (value === 'false') return false;
      context.issues.push({ code: 'custom', message: 'must be true or false', input: value });
      return z.NEVER;
    })
    .meta({ type: 'boolean', description });
}

/** A query parameter that is an id, a key or a name. The domain checks it like `mustShortText`. */
export function nameParameter(
  description: string,
  lengthMax: number = limits.idLengthMax,
): z.ZodType<string> {
  return z.string().min(1).max(lengthMax).meta({ pattern: shortTextPattern, description });
}

export function textParameter(description: string, lengthMax = 2048): z.ZodType<string> {
  return z.string().min(1).max(lengthMax).describe(description);
}
