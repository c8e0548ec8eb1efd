import { put } from '../../../src/records/records.ts';
import { items, threads, type ItemRow, type ThreadRow } from '../../../src/records/tables.ts';
import { only, type StoreKit } from '../store/store-kit-for-testing.ts';

/**
 * Makes a thread one of a version that did not keep whether answers saw something private. What its
 * head then told of such answers, by whatever rule, is given as `told`.
 */
export async function asOlderVersion(
  kit: StoreKit,
  threadId: string,
  told: Partial<ThreadRow> = {},
): Promise<void> {
  const rows = await kit.rows(items, [threadId]);
  const head = only(await kit.rows(threads, [threadId]));
  const older: ThreadRow = { ...head, ...told, privacyKnown: undefined };
  await kit.engine.commit({
    puts: [...rows.map((row) => put(items, without(row), row)), put(threads, older, head)],
  });
}

function without({ sawPrivate: _mark, ...row }: ItemRow): ItemRow {
  return row;
}
