/** House rules that neither the compiler nor the linter checks. */
import { dirname, join } from 'node:path/posix';
import type { Finding } from './finding.ts';
import { isTestCode } from './layers.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, proseOf, readSource } from './source-text.ts';
import { findWaits } from './waits.ts';

const sourceLinesArgued = 400;
const sourceLinesMax = 700;
const contractLinesMax = 180;

/** Whether a file is code. */
export function isSource({ path }: ProjectFile): boolean {
  return /\.(?:ts|tsx|mts|cts|js|mjs|cjs)$/.test(path);
}

function isProduct(file: ProjectFile): boolean {
  return isSource(file) && /^(?:src|apps)\//.test(file.path) && !isTestCode(file.path);
}

/** Everything that is wrong with a single file. */
export function findUntidiness(file: ProjectFile): Finding[] {
  const rules = [findForeignPlaces];
  if (isSource(file))
    rules.push(findLength, findUnfinished, findSilencedChecks, findIdleTests, findWaits);
  if (isProduct(file))
    rules.push(
      findLooseTypes,
      findSilentCasts,
      findMessageMatching,
      findParameterTrains,
      findModuleState,
      findPlaces,
    );
  return rules.flatMap((rule) => rule(file));
}

function findLength(file: ProjectFile): Finding[] {
  const { path, text } = file;
  const lines = text.trimEnd().split('\n').length;
  if (path === 'src/engine/engine.ts' && lines > contractLinesMax) {
    const message = `has ${lines} lines, the engine contract at most ${contractLinesMax}: what is no contract goes elsewhere.`;
    return [{ path, line: contractLinesMax + 1, message }];
  }
  if (lines > sourceLinesMax) {
    const message = `has ${lines} lines, at most ${sourceLinesMax}: split it by purpose.`;
    return [{ path, line: sourceLinesMax + 1, message }];
  }
  const isArgued = isTestCode(path) || /\blong because\b/i.test(readSource(text).comments);
  if (lines <= sourceLinesArgued || isArgued) return [];
  const message = `has ${lines} lines: split it, or say in the comment at its top "Long because …".`;
  return [{ path, line: sourceLinesArgued + 1, message }];
}

// One letter of each mark is in a class, so that this file does not contain the marks.
const unfinished = /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b|\b[Nn]ot (?:yet )?implemented\b/g;

function findUnfinished({ path, text }: ProjectFile): Finding[] {
  return findAll(path, text, unfinished, (mark) => `says "${mark}": finish it, or leave it out.`);
}

const looseType = /(?<=[:<,|&]\s*)any\b(?!\s*[:(])|\bas\s+any\b/g;

function findLooseTypes({ path, text }: ProjectFile): Finding[] {
  const { code } = readSource(text);
  return findAll(path, code, looseType, () => 'uses the type any: use unknown, and narrow it.');
}

const directive = /@ts-(?:ignore|expect-error|nocheck)\b/g;
const disabled = /\b(?:oxlint|eslint)-disable\S*(.*)/g;

function findSilencedChecks(file: ProjectFile): Finding[] {
  const { path, text } = file;
  const { comments } = readSource(text);
  const ignored = isTestCode(path)
    ? [] // a test may prove that misuse does not compile
    : findAll(path, comments, directive, (match) => `holds @${match.slice(1)}: mend the type.`);
  const unexplained = [...comments.matchAll(disabled)].flatMap((match) => {
    const line = lineOf(text, match.index);
    if (/\bmax-(?:lines|params)/.test(match[0])) {
      return [{ path, line, message: 'switches off a limit of size: split the code instead.' }];
    }
    if (/\s--\s+\S/.test(match[1] ?? '')) return [];
    return [{ path, line, message: 'switches off a lint rule: say why, after " -- ".' }];
  });
  return [...ignored, ...unexplained];
}

function findIdleTests({ path, text }: ProjectFile): Finding[] {
  const source = readSource(text);
  const commentLines = source.comments.split('\n');
  const idle = /\b(?:test|it|describe)\.(only|todo|skip)\b/g;
  return [...source.code.matchAll(idle)].flatMap((match) => {
    const line = lineOf(text, match.index);
    const isExplained =
      commentLines[line - 1]?.trim() !== '' || commentLines[line - 2]?.trim() !== '';
    if (match[1] === 'skip' && isExplained) return [];
    const advice = match[1] === 'skip' ? 'say why in a comment, or run it' : 'take it out';
    return [
      {
        path,
        line,
        message: `has a test that does not run as it stands (${match[0]}): ${advice}.`,
      },
    ];
  });
}

const renaming = /\b(?:import|export)\b[^;'"`()=]*?\bas\b[^;'"`()=]*?(?:\bfrom\b|\}|$)/g;
const cast = /(?<![.\w])as\s+(?!const\b)[\w{([]/g;

/**
 * A comment up to three lines above a cast counts, since it may explain several casts of an
 * expression.
 */
function findSilentCasts({ path, text }: ProjectFile): Finding[] {
  const source = readSource(text);
  const code = source.code.replaceAll(renaming, (match) => match.replaceAll(/[^\n]/g, ' '));
  const commentLines = source.comments.split('\n').map((line) => line.trim() !== '');
  return [...code.matchAll(cast)].flatMap((match) => {
    const line = lineOf(text, match.index);
    if (commentLines.slice(Math.max(0, line - 4), line).includes(true)) return [];
    const message = 'casts without a word: say in a comment beside it why it holds.';
    return [{ path, line, message }];
  });
}

const messageMatching =
  /\.message\s*(?:\.(?:includes|match|startsWith|endsWith|search|indexOf)\(|[=!]==)|\.test\([\w.]*\.message\)/g;

function findMessageMatching({ path, text }: ProjectFile): Finding[] {
  const { code } = readSource(text);
  const message = 'decides by the text of an error, which may change: decide by its code or class.';
  return findAll(path, code, messageMatching, () => message);
}

const modifiers = String.raw`(?:(?:readonly|private|protected|public)\s+)*`;
const ended = String.raw`\s*\??\s*[,:)]`;

/** By name at the beginning of parameters and arguments, and by type, whatever the names are. */
const parameterTrain = new RegExp(
  String.raw`\(\s*${modifiers}_?core(?:\s*:[^,()]+)?,\s*${modifiers}_?(?:principal|draft)${ended}` +
    String.raw`|:\s*\w*Core,\s*${modifiers}\w+\??:\s*(?:Principal|\w*Draft)\b`,
  'g',
);

/**
 * Functions of the domain with separate parameters for what `Reading`, `Drafting` and `Writing`
 * combine.
 */
function findParameterTrains({ path, text }: ProjectFile): Finding[] {
  if (!path.startsWith('src/domain/')) return [];
  const { code } = readSource(text);
  const message =
    'passes a core and a principal or draft separately: take a Reading, Drafting or Writing (src/domain/base/core.ts).';
  return findAll(path, code, parameterTrain, () => message);
}

const moduleState =
  /^(?:export\s+)?(?:let\b|const\s+\w+(?:\s*:(?!\s*Readonly)[^=\n]+)?\s*=\s*new\s+(?:Weak)?(?:Map|Set)\b)/gm;

/** Data in a module of the domain, which all stores of a process would share. */
function findModuleState({ path, text }: ProjectFile): Finding[] {
  if (!path.startsWith('src/domain/')) return [];
  const { code } = readSource(text);
  const message =
    'keeps data in a module, for all stores: use perStore (src/domain/base/per-store.ts).';
  return findAll(path, code, moduleState, () => message);
}

const placeName = /\b[pP]laces?\b/g;

/** One word, one thing: a place is where a revision is shown (docs/glossary.md). */
function findPlaces({ path, text }: ProjectFile): Finding[] {
  const { code } = readSource(text);
  const message = 'names something a place: say position, ids, slot, range or what else it is.';
  return findAll(path, code, placeName, () => message);
}

// Folders of one machine, and hosts that packages are downloaded from.
const foreignPlace =
  /(?<![\w.~$)}\]-])\/(?:home|Users|root|work|farm)\/[\w.-]+|\b[A-Z]:\\{1,2}Users\b|\bhttps?:\/\/(?:registry|deb|npm)\.[a-z]|\bregistry\.(?:npmjs|yarnpkg)\b/g;

function findForeignPlaces({ path, text }: ProjectFile): Finding[] {
  const advice = 'write a relative path, or take the place from the environment';
  return findAll(
    path,
    text,
    foreignPlace,
    (match) => `names ${match}, a place of one machine: ${advice}.`,
  );
}

/** Links of a Markdown file to missing files, or to missing headings. */
export function findBrokenLinks(file: ProjectFile, texts: ReadonlyMap<string, string>): Finding[] {
  const { path, text } = file;
  const link = /\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm;
  return [...proseOf(text).matchAll(link)].flatMap((match) => {
    const target = match[1] ?? match[2] ?? '';
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const message = explainLink(path, target, texts);
    return message === undefined ? [] : [{ path, line: lineOf(text, match.index), message }];
  });
}

function explainLink(
  path: string,
  target: string,
  texts: ReadonlyMap<string, string>,
): string | undefined {
  const [place = '', anchor] = decodeURI(target).split('#');
  const linked = place === '' ? path : join(dirname(path), place).replace(/\/$/, '');
  const linkedText = texts.get(linked);
  const isFolder = [...texts.keys()].some((known) => known.startsWith(`${linked}/`));
  if (linkedText === undefined && !isFolder)
    return `links to ${target}, which does not exist: fix the link.`;
  if (anchor === undefined || linkedText === undefined || !linked.endsWith('.md')) return undefined;
  if (anchorsOf(linkedText).has(anchor)) return undefined;
  return `links to ${target}, a heading that ${linked} does not have: fix the link.`;
}

/** The anchors of the headings, derived as GitHub does. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of markdown.matchAll(/^#{1,6}\s+(.*)$/gm)) {
    const plain = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '');
    const anchor = plain.trim().replaceAll(/\s/g, '-');
    let unique = anchor;
    for (let i = 1; anchors.has(unique); i++) unique = `${anchor}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Whether the changelog has a heading for the current version. */
export function findMissingChanges(version: string, changelog: ProjectFile | undefined): Finding[] {
  const path = 'CHANGELOG.md';
  const isTold = changelog?.text
    .split('\n')
    .some((line) => /^#+ /.test(line) && line.includes(version));
  if (isTold) return [];
  return [
    {
      path,
      line: 1,
      message: `has no heading for ${version}, the version in package.json: write what changed.`,
    },
  ];
}

/** Files that every engine has, so that a reader of one engine knows them all. */
export function findEngineFolderGaps(files: readonly ProjectFile[]): Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  const folders = new Set(
    [...paths].flatMap((path) => /^src\/engines\/([^/]+)\//.exec(path)?.[1] ?? []),
  );
  folders.delete('sql'); // not an engine: the SQL engines share it
  return [...folders].flatMap((name) => {
    const names = [
      'index.ts',
      ...['config', 'engine', 'schema', 'engine.test'].map((part) => `${name}-${part}.ts`),
    ];
    const missing = names.filter((file) => !paths.has(`src/engines/${name}/${file}`));
    const message = `has no ${missing.join(', ')}: every engine has the same files.`;
    return missing.length === 0 ? [] : [{ path: `src/engines/${name}`, line: 1, message }];
  });
}

/** Settings of the linter that would let long functions pass. */
export function findLooseLint(configuration: ProjectFile): Finding[] {
  const { path, text } = configuration;
  const [, rules = ''] =
    /"files": \["src\/\*\*"\],\s*"rules": \{([^]*?)\n {6}\}/.exec(readSource(text).withStrings) ??
    [];
  return limits
    .filter(([rule]) => !rules.includes(rule))
    .map(([, limit]) => ({ path, line: 1, message: `must hold functions of src to ${limit}.` }));
}

const limits: readonly (readonly [rule: string, limit: string])[] = [
  ['"max-lines-per-function": ["error", { "max": 70 }]', '70 lines, as an error'],
  ['"max-params": ["error", { "max": 4 }]', '4 parameters, as an error'],
];

function findAll(
  path: string,
  text: string,
  pattern: RegExp,
  explain: (match: string) => string,
): Finding[] {
  return [...text.matchAll(pattern)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: explain(match[0]),
  }));
}
