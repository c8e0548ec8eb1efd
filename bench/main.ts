/**
 * The bench: runs the measures one after the other and prints one table of ratios. See
 * docs/performance.md.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { durableChunks } from './answers/durable-chunks.ts';
import { firstChunk } from './answers/first-chunk.ts';
import { streamResume } from './answers/stream-resume.ts';
import { turnCost } from './answers/turn-cost.ts';
import { parseArguments, usage, type BenchArguments } from './arguments.ts';
import { installCleanup } from './cleanup.ts';
import { liveConnections, liveThreads } from './live-connections.ts';
import { hotThread } from './hot-thread.ts';
import { httpAppends } from './http-appends.ts';
import { importMemory } from './import-memory.ts';
import { jwtAppends } from './jwt-appends.ts';
import { inProcessAppends } from './in-process-appends.ts';
import { watchInterference, type Interference } from './interference.ts';
import { langgraphPostgres, langgraphSqlite } from './langgraph-saver.ts';
import { langgraphThreads } from './langgraph-threads.ts';
import { describeMachine, machineText, type Machine } from './machine.ts';
import { isMet, ratioOf, type BenchContext, type Measure, type Row } from './measure.ts';
import { participatingLists, readMarks } from './participating-lists.ts';
import { channelAppends, groupAppends } from './people-appends.ts';
import { postgresAppends } from './postgres-appends.ts';
import { postgresPages, sqlitePages } from './sql-pages.ts';
import { sqliteAppends } from './sqlite-appends.ts';
import { renderTable } from './table.ts';
import { threadLists } from './thread-lists.ts';
import { threadPages } from './thread-pages.ts';

const measures: readonly Measure[] = [
  inProcessAppends,
  httpAppends,
  jwtAppends,
  threadPages,
  threadLists,
  channelAppends,
  groupAppends,
  participatingLists,
  readMarks,
  liveConnections,
  liveThreads,
  hotThread,
  importMemory,
  sqliteAppends,
  postgresAppends,
  sqlitePages,
  postgresPages,
  langgraphSqlite,
  langgraphPostgres,
  langgraphThreads,
  firstChunk,
  durableChunks,
  streamResume,
  turnCost,
];

interface Outcome {
  readonly rows: Row[];
  readonly notes: string[];
}

async function main(): Promise<number> {
  const options = readArguments();
  if (options === undefined) return 2;
  if (options.isHelp) {
    process.stdout.write(usage);
    return 0;
  }
  const chosen = measures.filter(({ name }) => isChosen(name, options.filters));
  if (chosen.length === 0) {
    process.stderr.write(`No measure is called so; there are ${listOf(measures)}.\n`);
    return 2;
  }
  installCleanup();
  const folder = resolve(options.folder ?? tmpdir());
  await mkdir(folder, { recursive: true });
  const machine = await describeMachine(folder);
  const { rows, notes } = await runAll(chosen, options, folder);
  const summary = summaryOf(rows, options.isQuick);
  process.stdout.write(
    `${machineText(machine)}\n\n${renderTable(rows)}\n${notes.map((note) => `- ${note}\n`).join('')}\n${summary}\n`,
  );
  if (options.jsonPath !== undefined) {
    await writeFile(options.jsonPath, reportOf(machine, options, rows, notes));
  }
  return options.isStrict && rows.some((row) => !isMet(row)) ? 1 : 0;
}

function readArguments(): BenchArguments | undefined {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return undefined;
  }
}

function isChosen(name: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => name.includes(filter));
}

function listOf(all: readonly Measure[]): string {
  return all.map(({ name }) => name).join(', ');
}

async function runAll(
  chosen: readonly Measure[],
  { isQuick, profileFolder }: BenchArguments,
  folder: string,
): Promise<Outcome> {
  const outcome: Outcome = { rows: [], notes: [] };
  const startMs = performance.now();
  for (const measure of chosen) {
    const { name } = measure;
    const context: BenchContext = {
      isQuick,
      folder,
      profileFolder: profileFolder && resolve(profileFolder),
      progress(text) {
        const seconds = Math.round((performance.now() - startMs) / 1000);
        process.stderr.write(`${String(seconds).padStart(4)} s  ${name}: ${text}\n`);
      },
    };
    context.progress('begins');
    const interference = await watchInterference();
    const { rows, notes } = await measure.run(context);
    outcome.rows.push(...rows);
    outcome.notes.push(...notes, ...interferenceNotes(name, await interference()));
  }
  return outcome;
}

function interferenceNotes(name: string, interference: Interference | undefined): string[] {
  if (interference === undefined) return [];
  const { others, stolen } = interference;
  if (others + stolen < interferenceWorthSaying) return [];
  return [
    `During ${name} other processes used ${Math.round(others * 100)}% of the machine's cores and other machines ` +
      `of its host ${Math.round(stolen * 100)}%: measure again when it is quiet.`,
  ];
}

const interferenceWorthSaying = 0.05;

function summaryOf(rows: readonly Row[], isQuick: boolean): string {
  const barred = rows.filter(({ bar }) => bar !== undefined);
  const missed = barred.filter((row) => !isMet(row)).length;
  const text =
    missed === 0
      ? `All ${barred.length} bars are reached.`
      : `${missed} of ${barred.length} bars are missed.`;
  return isQuick ? `${text} This was the quick run: its sizes are too small to judge by.` : text;
}

function reportOf(
  machine: Machine,
  { isQuick }: BenchArguments,
  rows: readonly Row[],
  notes: readonly string[],
): string {
  const judged = rows.map((row) => ({
    ...row,
    ratio: ratioOf(row),
    ...(row.bar && { pass: isMet(row) }),
  }));
  return `${JSON.stringify({ machine, isQuick, rows: judged, notes }, undefined, 2)}\n`;
}

process.exit(await main());
