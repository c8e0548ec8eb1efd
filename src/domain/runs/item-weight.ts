import type { Item, Part } from '../../api/item.ts';
import { utf8Length } from '../../shared/bytes.ts';
import type { JsonValue } from '../../shared/json.ts';

/**
 * How much of a model's window an item takes, in bytes: the real size of its parts as UTF-8, of
 * which a model takes a token for about three. Files count by their kind, whatever their size: a
 * photo takes the same tokens in a small file as in a large one.
 */
export function weighItem({ parts }: Item): number {
  let weight = 0;
  for (const part of parts) weight += weighPart(part);
  return weight;
}

export function weighPart(part: Part): number {
  if (!isFile(part)) return weighValue(part);
  // Libraries name the content, and its kind, differently.
  const { url, data, image, mediaType = '', mimeType = mediaType, ...rest } = part;
  const content = [url, data, image].find((value) => typeof value === 'string');
  if (typeof content !== 'string') return weighValue(part);
  const kind = typeof mimeType === 'string' ? mimeType : '';
  return weighValue(rest) + weighFile(content, part.type === 'image' ? 'image' : kind);
}

export function isFile({ type }: Part): boolean {
  return type === 'file' || type === 'image';
}

/** The size as JSON, roughly: of long texts, which are what counts, exactly. */
export function weighValue(value: JsonValue | undefined): number {
  if (typeof value === 'string') return utf8Length(value) + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let weight = 2;
  // The keys of an array are its short indexes. Every question weighs its whole window: entries
  // would be an array for each of its fields.
  for (const key of Object.keys(value)) {
    weight += key.length + 4 + weighValue((value as Readonly<Record<string, JsonValue>>)[key]);
  }
  return weight;
}

function weighFile(content: string, mediaType: string): number {
  if (/^(https?|blob):/.test(content) || mediaType.startsWith('image')) return imageWeight;
  // A text counts as such; a document has about a tenth of its size to read.
  const isText = /^text\/|json|xml|csv/.test(mediaType);
  return Math.max(imageWeight, Math.round(content.length / (isText ? 1.4 : 10)));
}

/** About 2,000 tokens. */
const imageWeight = 6000;
