import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { expect, test } from 'vitest';
import { compactFiles } from './compact-files.ts';

const asText = { keyEncoding: 'utf8' } as const;

async function holds(path: string, text: string): Promise<boolean> {
  for (const name of await readdir(path)) {
    if ((await readFile(join(path, name))).includes(text)) return true;
  }
  return false;
}

test('what was replaced or deleted while a snapshot was open goes from the deepest level, too', async () => {
  const path = await mkdtemp(join(tmpdir(), 'skein-'));
  const database = new ClassicLevel(path, { compression: false });
  const compactAll = (): Promise<void> => database.compactRange('\u0000', '\u{10ffff}', asText);
  try {
    const keys = Array.from({ length: 100 }, (_, i) => `é\\x41\u0001'${i}`);
    for (const key of keys) await database.put(key, `CANARY of ${key}`);
    const snapshot = database.snapshot();
    for (const [i, key] of keys.entries()) {
      if (i % 2 === 0) await database.put(key, 'open');
      else await database.del(key);
    }
    await compactAll();
    await snapshot.close();
    await compactAll();
    expect(await holds(path, 'CANARY')).toBe(true); // which is why one pass is not enough
    await compactFiles(database);
    expect(await holds(path, 'CANARY')).toBe(false);
    const left = await database.values().all();
    expect(left).toEqual(Array.from({ length: 50 }, () => 'open'));
  } finally {
    await database.close();
    await rm(path, { recursive: true });
  }
});

test('does nothing to a database without files', async () => {
  const database = new MemoryLevel<string, string>();
  await database.open();
  await database.put('a', 'b');
  await compactFiles(database);
  expect(await database.get('a')).toBe('b');
  await database.close();
});
