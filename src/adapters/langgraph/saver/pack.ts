import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import { jsonDepthMax, type JsonValue } from '../../../shared/json.ts';
import type { Packed } from '../../../store/index.ts';

/**
 * In characters. Longer texts are stored as they are: parsing them to check for plain JSON would
 * cost too much.
 */
const jsonLengthMax = 64 * 1024;

/** A serialized value as the store keeps it. Unpacking gives the same type and bytes. */
export function pack(type: string, data: Uint8Array | string): Packed {
  const text = typeof data === 'string' ? data : decodeUtf8(data);
  if (text === undefined) return { type, bytes: Buffer.from(data).toString('base64url') };
  return packText(type, text);
}

export function packText(type: string, text: string): Packed {
  const json = type === 'json' ? exactJson(text) : undefined;
  if (json !== undefined) return { json };
  return { ...(type !== 'json' && { type }), text };
}

/** The text of a value that has one. */
export function packedText({ json, text }: Packed): string | undefined {
  return json === undefined ? text : JSON.stringify(json);
}

export async function unpack(serde: SerializerProtocol, packed: Packed): Promise<unknown> {
  const { type = 'json', bytes } = packed;
  const text = packedText(packed);
  const data =
    text === undefined
      ? new Uint8Array(Buffer.from(bytes ?? '', 'base64url'))
      : encoder.encode(text);
  // The protocol makes no promise about the type of its result.
  return (await serde.loadsTyped(type, data)) as unknown;
}

const encoder = new TextEncoder();
// A byte order mark is part of the data.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeUtf8(data: Uint8Array): string | undefined {
  try {
    return decoder.decode(data);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The JSON value of a text if JSON.stringify would reproduce the text. */
function exactJson(text: string): JsonValue | undefined {
  if (text.length > jsonLengthMax) return undefined;
  try {
    const json = JSON.parse(text) as JsonValue; // JSON.parse gives JSON
    return isShallow(json, 0) && JSON.stringify(json) === text ? json : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Databases refuse deeply nested JSON. */
function isShallow(json: JsonValue, depth: number): boolean {
  if (typeof json !== 'object' || json === null) return true;
  return depth < jsonDepthMax && Object.values(json).every((inner) => isShallow(inner, depth + 1));
}
