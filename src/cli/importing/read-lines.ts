/** A line of a text file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without the line end; never empty. */
  readonly bytes: Uint8Array;
  /** The offset of the next line, in bytes from the start of the file. */
  readonly endByte: number;
}

/** A problem of a line, in words that follow "line 7: ". */
export class LineError extends Error {
  override readonly name = 'LineError';
  readonly line: number;

  constructor(line: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.line = line;
  }
}

/**
 * Far more than a thread of 1,000 items with 1 MiB of parts needs in practice, and far less than
 * memory.
 */
const lineBytesMaxDefault: number = 256 * 1024 * 1024;

/**
 * The lines of a stream of bytes, one at a time: memory holds one line and one chunk. Lines end in
 * LF or CRLF; empty lines are skipped but counted. Throws `LineError` for a line longer than
 * `lineBytesMax`.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  lineBytesMax: number = lineBytesMaxDefault,
): AsyncGenerator<Line, void, undefined> {
  let [number, endByte, heldBytes] = [0, 0, 0];
  let held: Uint8Array[] = [];
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      number++;
      endByte += heldBytes + end + 1 - start;
      const bytes = joinPieces([...held, chunk.subarray(start, end)]);
      [held, heldBytes, start] = [[], 0, end + 1];
      if (bytes.length > 0) yield { number, bytes, endByte };
    }
    if (start < chunk.length) held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > lineBytesMax) {
      throw new LineError(number + 1, `is longer than ${lineBytesMax} bytes`);
    }
  }
  const bytes = joinPieces(held);
  if (bytes.length > 0) yield { number: number + 1, bytes, endByte: endByte + heldBytes };
}

/** The text of a line, without a byte order mark at the start of the file. Throws `LineError`. */
export function textOfLine({ number, bytes }: Line): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: number !== 1 }).decode(bytes);
  } catch (error) {
    throw new LineError(number, 'is not UTF-8', { cause: error });
  }
}

const [lineFeed, carriageReturn] = [10, 13];

function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  return bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
}
