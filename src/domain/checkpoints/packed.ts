import { sha256Soon } from '../../shared/bytes.ts';
import type { PackedColumns } from '../../records/tables.ts';
import type { Packed } from '../../api/checkpoint.ts';

/** A value with only its own fields: rows contain nothing else. */
export function toPackedColumns({ type, json, text, bytes }: Packed): PackedColumns {
  return {
    ...(type !== undefined && type !== 'json' && { type }),
    ...(json !== undefined && { json }),
    ...(text !== undefined && { text }),
    ...(bytes !== undefined && { bytes }),
  };
}

export function toPacked(row: PackedColumns): Packed {
  const { type, json, text, bytes } = row;
  return {
    ...(type !== undefined && { type }),
    ...(json !== undefined && { json }),
    ...(text !== undefined && { text }),
    ...(bytes !== undefined && { bytes }),
  };
}

/** The approximate size in bytes. */
export function weightOf({ json, text, bytes }: Packed): number {
  if (json !== undefined) return JSON.stringify(json).length;
  return (text ?? bytes ?? '').length;
}

/** Equal exactly for equal values: 132 bits of a SHA-256, as 22 characters. */
export async function hashOf(packed: Packed): Promise<string> {
  const { type = 'json', json, text, bytes } = packed;
  const form = json !== undefined ? 'json' : text !== undefined ? 'text' : 'bytes';
  const content = json !== undefined ? JSON.stringify(json) : (text ?? bytes ?? '');
  return (await sha256Soon(`${form} ${type}\n${content}`)).slice(0, 22);
}
