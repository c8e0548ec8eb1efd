import { expect } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ProjectApi } from '../../../src/api/project-api.ts';
import { items, threads, type ItemRow } from '../../../src/records/tables.ts';
import { allPages, only, rowsOf, textIn } from './store-kit-for-testing.ts';

/**
 * Reads a thread's own log directly from the engine and checks its order: ids rise strictly,
 * positions have no gaps, and the head is exact. Returns the texts.
 */
export async function expectOrderedLog(engine: Engine, threadId: string): Promise<string[]> {
  const rows = await rowsOf<ItemRow>(engine, items, [threadId]);
  const head = only(await rowsOf(engine, threads, [threadId]));
  for (const [i, row] of rows.entries()) {
    if (i > 0)
      expect(row.id > rows[i - 1]!.id, `${row.id} comes after the id before it`).toBe(true);
    expect(row.position).toBe(i + 1);
    expect(row.commitVersion).toBeGreaterThan(i > 0 ? rows[i - 1]!.commitVersion - 1 : 0);
  }
  expect(head).toMatchObject({
    itemCount: rows.length,
    ...(rows.length > 0 && { lastItemId: rows.at(-1)!.id, lastPreview: textIn(rows.at(-1)!) }),
  });
  expect(head.version).toBeGreaterThanOrEqual(rows.at(-1)?.commitVersion ?? 0);
  return rows.map(textIn);
}

/** The ids of all threads in the caller's list, read in pages. */
export async function listedIds(caller: ProjectApi): Promise<string[]> {
  const listed = await allPages((after) =>
    caller.threads.list({ limit: 7, ...(after !== undefined && { after }) }),
  );
  return listed.map(({ id }) => id);
}
