/**
 * Makes LevelDB write all of its files again. A compaction of the whole range merges each level
 * into the next, so what is deeper is rewritten only where something lies above it. The deepest
 * level may hold what was replaced while a snapshot was open, and deleted entries beside their
 * deletions. So after a first pass the first and last key of each file are written again, which
 * makes a second pass merge every file.
 */
import type { LevelDatabase } from './level-database.ts';

/** Does nothing to a database that has no files of LevelDB. */
export async function compactFiles(database: LevelDatabase): Promise<void> {
  if (!database.compactRange) return;
  await compactAll(database);
  await touchFiles(database);
  await compactAll(database);
}

async function compactAll(database: LevelDatabase): Promise<void> {
  await database.compactRange?.(firstKey, lastKey, { keyEncoding: 'utf8' });
}

const firstKey = '\u0000';
const lastKey = '\u{10ffff}';

/** Writes keys of each file again: with their values, or as a deletion where there is none. */
async function touchFiles(database: LevelDatabase): Promise<void> {
  const keys = boundsIn(database.getProperty?.('leveldb.sstables') ?? '');
  for (let i = 0; i < keys.length; i += keysAtOnce) {
    const batch = database.batch();
    for (const key of keys.slice(i, i + keysAtOnce)) {
      const value = await database.get(key, asText);
      if (value === undefined) batch.del(key, asText);
      else batch.put(key, value, asText);
    }
    await batch.write({ sync: true });
  }
}

const keysAtOnce = 100;
const asText = { keyEncoding: 'utf8', valueEncoding: 'utf8' } as const;

/** The ends of files, from lines such as ` 17:2000['first' @ 7 : 1 .. 'last' @ 9 : 1]`. */
function boundsIn(files: string): string[] {
  const line = /^ \d+:\d+\['(?<first>.*?)' @ \d+ : \d \.\. '(?<last>.*)' @ \d+ : \d\]$/gm;
  const bounds = [...files.matchAll(line)].flatMap(({ groups }) => [groups!.first!, groups!.last!]);
  return bounds.map(unescape); // the pattern has both groups
}

/**
 * LevelDB shows the bytes that are not printable as `\xNN`, and a backslash as itself. So a key
 * with such a text in it is read wrongly: then another key is touched, which changes nothing.
 */
function unescape(text: string): string {
  const escaped = /\\x(?<byte>[01][0-9a-f]|7f|[89a-f][0-9a-f])/g;
  const toByte = (_shown: string, hex: string): string =>
    String.fromCharCode(Number.parseInt(hex, 16));
  const bytes = text.replaceAll(escaped, toByte);
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}
