/**
 * Makes the golden stores: see the README beside it. It was run once, by the commit that the stores
 * come from.
 *
 *   node test/golden/make/make-stores.ts FOLDER POSTGRES-URL
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { createStore } from 'skein';
import { tasksFinished } from '../finish-tasks.ts';
import { openedAtMs, type SavedReading } from '../golden-store.ts';
import type { Note } from '../note.ts';
import { openGolden } from '../open-golden.ts';
import { readAnswers } from '../read-answers.ts';
import { declaredTables, readRows } from '../read-rows.ts';
import { dumpSchema, loadDump } from './postgres-dump.ts';

async function make(folder: string, url: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const name of ['lsm', 'sqlite']) {
    const place = join(folder, name);
    await mkdir(place, { recursive: true });
    const note = await fillAndDie(name, place);
    await tidyUp(name, place);
    const copy = join(folder, 'copy');
    await cp(place, copy, { recursive: true });
    await save(folder, name, note, copy);
    await rm(copy, { recursive: true });
  }
  const note = await fillAndDie('postgres', `${url} golden`);
  await mkdir(join(folder, 'postgres'));
  const dump = await dumpSchema(url, 'golden');
  await writeFile(join(folder, 'postgres', 'dump.sql'), dump);
  await loadDump(url, 'golden_copy', dump);
  await save(folder, 'postgres', note, `${url} golden_copy`);
}

async function fillAndDie(name: string, place: string): Promise<Note> {
  const notePath = join(process.cwd(), `note-${name}.json`);
  const program = fileURLToPath(new URL('fill-store.ts', import.meta.url));
  const child = spawn(process.execPath, [program, name, place, notePath], { stdio: 'inherit' });
  const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  if (signal !== 'SIGKILL') throw new Error(`Filling ${name} failed.`);
  const note = JSON.parse(await readFile(notePath, 'utf8')) as Note; // written by the child
  await rm(notePath);
  return note;
}

async function save(folder: string, name: string, note: Note, copy: string): Promise<void> {
  const tables = await declaredTables();
  const rows = await readRows(openGolden(name, copy), tables);
  const engine = openGolden(name, copy);
  await using store = await createStore({ engine, clock: () => openedAtMs(note) });
  await tasksFinished(store, engine, tables);
  const answers = await readAnswers(store, rows, note);
  const reading: SavedReading = { note, rows, answers };
  await writeFile(join(folder, `${name}.json`), `${inLines(reading, 3)}\n`);
}

/** JSON with a line for each outer member. */
function inLines(value: unknown, depth: number): string {
  if (depth === 0 || typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value))
    return `[\n${value.map((entry) => inLines(entry, depth - 1)).join(',\n')}\n]`;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{\n${entries.map(([name, inner]) => `${JSON.stringify(name)}: ${inLines(inner, depth - 1)}`).join(',\n')}\n}`;
}

/** Leaves the files that the repository keeps: no locks or logs, and one file for SQLite. */
async function tidyUp(name: string, place: string): Promise<void> {
  for (const file of ['LOCK', 'LOG', 'LOG.old']) await rm(join(place, file), { force: true });
  if (name !== 'sqlite') return;
  const database = new Database(join(place, 'skein.db'));
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

const [folder = '', url = ''] = process.argv.slice(2);
await make(folder, url);
