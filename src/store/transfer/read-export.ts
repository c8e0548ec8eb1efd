import type { Row, Table } from '../../engine/engine.ts';
import { SkeinError } from '../../shared/error.ts';
import type { JsonValue } from '../../shared/json.ts';
import { createSha256, type Sha256 } from '../../shared/sha256.ts';
import { badLine, parseTransferLine } from './transfer-lines.ts';

export type ExportEvent =
  | { readonly type: 'header'; readonly isProtected: boolean }
  | { readonly type: 'row'; readonly table: Table; readonly row: Row; readonly line: number }
  /** The lines since the header are those that were written. */
  | { readonly type: 'whole' };

/**
 * Reads the lines of one export, or of several one after the other. Throws `invalid_request` at the
 * first line that is none, and at the end if that is missing or tells of other lines.
 */
export async function* readExport(
  tables: ReadonlyMap<string, Table>,
  lines: AsyncIterable<string>,
): AsyncGenerator<ExportEvent, void, undefined> {
  let number = 0;
  let file: Read | undefined;
  for await (const text of lines) {
    const line = parseTransferLine(tables, text, ++number);
    if (line.type === 'header') {
      if (file) throw badLine(number, 'begins another export: the one before was cut off');
      file = { digest: createSha256(), counts: {} };
      yield line;
    } else if (file === undefined) {
      throw badLine(number, 'comes without the line that begins an export');
    } else if (line.type === 'row') {
      const { table, row } = line;
      file.digest.update(`${text}\n`);
      file.counts[table.name] = (file.counts[table.name] ?? 0) + 1;
      yield { type: 'row', table, row, line: number };
    } else {
      mustBeWhole(file, line, number);
      file = undefined;
      yield { type: 'whole' };
    }
  }
  if (file) throw badLine(number, 'is the last one: the file was cut off, its end is missing');
  if (number === 0) throw new SkeinError('invalid_request', 'The file is empty.');
}

interface Read {
  readonly digest: Sha256;
  readonly counts: Record<string, number>;
}

function mustBeWhole(
  { digest, counts }: Read,
  said: { readonly rows: Readonly<Record<string, JsonValue>>; readonly digest: string },
  number: number,
): void {
  for (const name of new Set([...Object.keys(said.rows), ...Object.keys(counts)])) {
    const [read, expected] = [counts[name] ?? 0, said.rows[name] ?? 0];
    if (read === expected) continue;
    const both = `${JSON.stringify(expected)} rows of ${name}, and ${read} were read`;
    throw badLine(number, `tells of ${both}: lines are missing, or too many`);
  }
  if (digest.digest() === said.digest) return;
  throw badLine(number, 'has another digest than the lines before it: they were changed');
}
