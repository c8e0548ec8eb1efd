import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ExportOptions, ExportReport, ImportReport } from '../../../src/api/transfer.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createStore } from '../../../src/store/create-store.ts';
import { doctor } from '../../../src/store/doctor/doctor.ts';
import type { Store } from '../../../src/store/store.ts';

/** The lines of a store's export, and what it reports. */
export async function exportOf(
  engine: Engine,
  options: ExportOptions = {},
): Promise<{ lines: string[]; report: ExportReport }> {
  await using store = await createStore({ engine });
  let report: ExportReport | undefined;
  const lines: string[] = [];
  const reading = store.operator.exportLines({ ...options, onEnd: (end) => (report = end) });
  for await (const line of reading) lines.push(line);
  return { lines, report: report! };
}

export async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

/** Takes the lines in; returns what could not be taken, too. */
export async function tryImport(
  store: Store,
  lines: readonly string[],
): Promise<{ report: ImportReport; failures: string[] }> {
  const failures: string[] = [];
  const report = await store.operator.importLines(each(lines), {
    onFailure: ({ threadId, message }) => failures.push(`${threadId}: ${message}`),
  });
  return { report, failures };
}

export async function importInto(engine: Engine, lines: readonly string[]): Promise<ImportReport> {
  await using store = await createStore({ engine });
  const { report, failures } = await tryImport(store, lines);
  expect(failures).toEqual([]);
  return report;
}

export async function problemsOf(engine: Engine): Promise<string[]> {
  const { problems } = await doctor(engine, { repair: false });
  return problems.map(({ threadId, kind, detail }) => `${threadId}: ${kind}: ${detail}`);
}

interface TransferredRow {
  readonly table: string;
  readonly row: Record<string, unknown>;
}

/** An export with other rows, and with an end that fits them; some may be left out. */
export function withRows(
  lines: readonly string[],
  change: (row: TransferredRow) => TransferredRow | undefined,
): string[] {
  const rows = lines.slice(1, -1).flatMap((line) => {
    const changed = change(JSON.parse(line) as TransferredRow);
    return changed ? [changed] : [];
  });
  const counts: Record<string, number> = {};
  for (const { table } of rows) counts[table] = (counts[table] ?? 0) + 1;
  const texts = rows.map((row) => JSON.stringify(row));
  const digest = createHash('sha256')
    .update(texts.map((text) => `${text}\n`).join(''))
    .digest('hex');
  return [lines[0]!, ...texts, JSON.stringify({ type: 'end', rows: counts, digest })];
}
