import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CliError } from '../cli-error.ts';

/**
 * The bytes of a file as they were before compression: a file that begins as gzip does is
 * decompressed, whatever its name. `onRead` gets the number of bytes read from the file each time.
 */
export async function* plainBytes(
  source: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = counted(source, onRead);
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < magic.length) {
    const step = await pieces.next();
    if (step.done) break;
    first.push(step.value);
    length += step.value.length;
  }
  const begin = Buffer.concat(first);
  const isGzip = magic.every((byte, i) => begin[i] === byte);
  yield* isGzip ? decompressed(chained(begin, pieces)) : chained(begin, pieces);
}

const magic = [0x1f, 0x8b];

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of source) {
    onRead(piece.length);
    yield piece;
  }
}

async function* chained(
  begin: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (begin.length > 0) yield begin;
  yield* rest;
}

async function* decompressed(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  const feeding = pipeline(Readable.from(pieces), gunzip);
  feeding.catch(() => undefined); // the reader below meets the same error
  try {
    yield* gunzip as AsyncIterable<Uint8Array>; // it has no encoding
  } catch (error) {
    throw asDamage(error);
  }
}

function asDamage(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_')) return error;
  const what = code === 'Z_BUF_ERROR' ? 'is cut off' : 'is damaged';
  return new CliError(`The compressed file ${what}.`, { cause: error });
}
