/** Who waits for a time. The product does so in one place, and tests wait for events. */
import type { Finding } from './finding.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, readSource } from './source-text.ts';

/** Waits and stopwatches of a file, and time limits that a slow machine would run into. */
export function findWaits(file: ProjectFile): Finding[] {
  const { path } = file;
  if (!/\.(?:ts|tsx|mts|mjs|js)$/.test(path) || homes.has(path)) return [];
  if (isTestCode(path) || path.startsWith('test/'))
    return [...find(file, testRules), ...findShortLimits(file)];
  return path.startsWith('src/') ? find(file, productRules) : [];
}

/** The files in which waits are at home. */
const homes: ReadonlySet<string> = new Set([
  'src/shared/backoff.ts',
  'src/shared/backoff.test.ts',
  // Its disk needs as long for an entry as the suite pauses: both set the same timer, in turn.
  'src/engine/conformance/durability.test.ts',
  'test/support/shared/waits-for-testing.ts',
  'test/support/shared/cpu-time-for-testing.ts',
]);

interface Rule {
  readonly pattern: RegExp;
  readonly message: string;
}

const bySleep = 'waits by itself: use backOff or sleep (src/shared/backoff.ts).';
const forEvent =
  'waits for a time: wait for an event, with a promise, someTurns, until or expect.poll (test/support/shared).';
const promisedTimers = /\bsetTimeout\b[^;]*?['"`](?:node:)?timers\/promises['"`]/g;

const productRules: readonly Rule[] = [
  { pattern: /\bsetTimeout\(\s*resolve\b/g, message: bySleep },
  { pattern: promisedTimers, message: bySleep },
];

const testRules: readonly Rule[] = [
  { pattern: /\b(?:setTimeout|setInterval|sleep|AbortSignal\.timeout)\(/g, message: forEvent },
  { pattern: promisedTimers, message: forEvent },
  {
    pattern: /\bvi\.wait(?:For|Until)\(/g,
    message: 'gives up after a second, which a busy machine may take: use until or expect.poll.',
  },
  {
    pattern:
      /\bperformance\.now\b|\bhrtime\b|\bcpuUsage\b|\bDate\.now\(\)\s*[-<>]|(?:-|<|(?<!=)>)=?\s*Date\.now\(\)/g,
    message:
      'measures a time, which depends on the machine: compare events, or move a fake clock (cpuMsOf measures work).',
  },
];

function find({ path, text }: ProjectFile, rules: readonly Rule[]): Finding[] {
  const { code, withStrings } = readSource(text);
  return rules.flatMap(({ pattern, message }) => {
    const searched = pattern === promisedTimers ? withStrings : code;
    return [...searched.matchAll(pattern)].map(({ index }) => {
      return { path, line: lineOf(text, index), message };
    });
  });
}

const shortestMs = 60_000;
/** As an option, and as the last argument of a test. */
const limit = /\b(?:timeout|testTimeout|hookTimeout):\s*([\d_]+)|\}\s*,\s*([\d_]+)\s*,?\s*\)/g;

/** Limits that guard against what hangs must be out of reach of what is slow. */
function findShortLimits({ path, text }: ProjectFile): Finding[] {
  return [...readSource(text).code.matchAll(limit)].flatMap(({ 1: option, 2: last, index }) => {
    const limitMs = Number((option ?? last)!.replaceAll('_', ''));
    if (limitMs >= shortestMs) return [];
    const message = `gives up after ${limitMs} ms, which a busy machine may take: leave the limit out, or give it ${shortestMs}.`;
    return [{ path, line: lineOf(text, index), message }];
  });
}
