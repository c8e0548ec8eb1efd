import { newItemFields } from '../../api/item.ts';
import type { NewEdge, NewItem, NewThread } from '../store-types.ts';
import { parseItemId } from '../../shared/ids.ts';
import { isObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { parseObject } from './parse-object.ts';
import { jsonlFormat } from './jsonl.ts';
import { LineError, type Line } from './read-lines.ts';

/** An item of the file, with its references still in the old ids. */
export interface SavedItem {
  /** Its id in the store of the export. */
  readonly id: string | undefined;
  readonly item: NewItem;
  readonly isRedacted: boolean;
  readonly bytes: number;
  readonly line: number;
}

export interface SavedEdge {
  readonly edge: NewEdge;
  readonly line: number;
}

export interface SavedThread {
  readonly thread: NewThread;
  readonly isArchived: boolean;
}

export type SavedLine =
  | ({ readonly type: 'thread' } & SavedThread)
  | { readonly type: 'item'; readonly saved: SavedItem }
  | { readonly type: 'edge'; readonly saved: SavedEdge }
  | { readonly type: 'end'; readonly items: number; readonly edges: number };

/** Reads one line of `docs/formats/jsonl.md`. The store checks the values. Throws `LineError`. */
export function parseSavedLine(line: Line): SavedLine {
  const object = parseObject(line);
  switch (object.type) {
    case 'thread':
      return { type: 'thread', ...threadOf(object, line) };
    case 'item':
      return { type: 'item', saved: itemOf(fieldsOf(object, 'item', line), line) };
    case 'edge':
      return { type: 'edge', saved: edgeOf(fieldsOf(object, 'edge', line), line) };
    case 'end':
      return {
        type: 'end',
        items: countOf(object, 'items', line),
        edges: countOf(object, 'edges', line),
      };
    default:
      throw new LineError(line.number, 'must have the type "thread", "item", "edge" or "end"');
  }
}

// The picked fields go to the store unchanged, and the store checks each: hence the casts to its
// inputs.
const threadFields = ['id', 'mode', 'visibility', 'scopeType', 'scopeId', 'tags', 'metadata'];
const edgeFields = ['fromItemId', 'toItemId', 'type'];

function threadOf(object: JsonObject, line: Line): SavedThread {
  const { format } = object;
  if (format !== jsonlFormat) {
    throw new LineError(
      line.number,
      `has the format ${JSON.stringify(format)}; this version of skein reads ${jsonlFormat}`,
    );
  }
  const fields = fieldsOf(object, 'thread', line);
  if (typeof fields.id !== 'string') throw new LineError(line.number, 'thread.id must be a string');
  // A title that no user gave is left out, so that the new thread derives its own.
  const isGiven = fields.titleSource !== 'default' && fields.titleSource !== 'derived';
  const names = isGiven ? [...threadFields, 'title'] : threadFields;
  return { thread: pick(fields, names), isArchived: fields.archivedAt !== undefined };
}

function itemOf(fields: JsonObject, line: Line): SavedItem {
  const { id, redactedAt } = fields;
  if (id !== undefined && (typeof id !== 'string' || parseItemId(id) === undefined)) {
    throw new LineError(line.number, 'item.id must be an item id');
  }
  if (id === undefined && fields.key === undefined) {
    throw new LineError(line.number, 'item must have an id or a key');
  }
  const isRedacted = redactedAt !== undefined;
  const content = pick(fields, Object.keys(newItemFields));
  const key = content.key ?? keyOfImport(id!); // it has one of the two
  // A redacted item has no parts, but an item needs some until it is redacted again.
  const parts = isRedacted ? { parts: [{ type: 'text', text: '' }] } : {};
  const item = { ...content, ...parts, key } as unknown as NewItem;
  return { id, item, isRedacted, bytes: line.bytes.length, line: line.number };
}

/** By which a second import finds an item that has no key of its own in its thread. */
export function keyOfImport(id: string): string {
  return `import:${id}`;
}

function edgeOf(fields: JsonObject, line: Line): SavedEdge {
  for (const name of edgeFields) {
    if (typeof fields[name] !== 'string')
      throw new LineError(line.number, `edge.${name} must be a string`);
  }
  // The store checks it, like the others.
  const edge = pick(fields, edgeFields) as unknown as NewEdge;
  return { edge, line: line.number };
}

function fieldsOf(object: JsonObject, name: string, line: Line): JsonObject {
  const fields = object[name];
  if (!isObject(fields)) throw new LineError(line.number, `${name} must be an object`);
  return fields;
}

function countOf(object: JsonObject, name: string, line: Line): number {
  const count = object[name];
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new LineError(line.number, `${name} must be a whole number`);
}

function pick(fields: JsonObject, names: readonly string[]): Record<string, JsonValue> {
  const entries = names.flatMap((name) =>
    fields[name] === undefined ? [] : [[name, fields[name]] as const],
  );
  return Object.fromEntries(entries);
}
