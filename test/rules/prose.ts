/**
 * Rules for comments and pages: the width of comments, and a few words that an English reader
 * would not write.
 */
import type { Finding } from './finding.ts';
import type { ProjectFile } from './project-files.ts';
import { lineOf, proseOf, readSource } from './source-text.ts';

const columnsMax = 100;

/** These directives only work on one line. */
const directive = /\boxlint-disable|@ts-expect-error/;

/** Comment lines wider than the page. */
export function findWideComments({ path, text }: ProjectFile): Finding[] {
  const lines = text.split('\n');
  const commentLines = readSource(text).comments.split('\n');
  return commentLines.flatMap((comment, index) => {
    const columns = (lines[index] ?? '').length;
    if (columns <= columnsMax || comment.trim() === '' || directive.test(comment)) return [];
    const message = `has a comment that ends in column ${columns}: wrap it at ${columnsMax}.`;
    return [{ path, line: index + 1, message }];
  });
}

const stiffWords = /\b(?:whoever|whomever|somebody|nobody|anew|(?:is|are) told)\b/gi;
const frontedGenitive = /^\s*(?:\/\*\*|\*|\/\/)\s*Of (?:an?|the|each|every|all|these|two)\b.*:/gm;

/** Words and openings of comments that plain English replaces. */
export function findStiffComments({ path, text }: ProjectFile): Finding[] {
  const { comments } = readSource(text);
  const words = [...comments.matchAll(stiffWords)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `says "${match[0]}": name the actor, as in "a caller" or "another process".`,
  }));
  const openings = [...comments.matchAll(frontedGenitive)].map((match) => ({
    path,
    line: lineOf(text, match.index + match[0].lastIndexOf('Of ')),
    message: 'opens with "Of …:": put the subject first.',
  }));
  return [...words, ...openings];
}

/**
 * The same words on a Markdown page, outside its code. Decisions and the changelog are records,
 * which are not rewritten.
 */
export function findStiffPages({ path, text }: ProjectFile): Finding[] {
  if (!path.endsWith('.md') || /^docs\/decisions\/|^CHANGELOG\.md$/.test(path)) return [];
  return [...proseOf(text).matchAll(stiffWords)].map((match) => ({
    path,
    line: lineOf(text, match.index),
    message: `says "${match[0]}": name the actor, as in "a caller" or "another process".`,
  }));
}

/**
 * Comments still to rewrite: where they may be, and how many of each kind there are. None are left,
 * and none may be added.
 */
export interface ProseDebt {
  readonly folders: readonly string[];
  readonly wide: number;
  readonly stiff: number;
}

export const proseDebt: ProseDebt = { folders: [], wide: 0, stiff: 0 };

/** What is wrong with the comments of all files, beyond the debt. */
export function findProse(files: readonly ProjectFile[], debt: ProseDebt): Finding[] {
  const isOwed = ({ path }: { path: string }): boolean =>
    debt.folders.some((folder) => path.startsWith(`${folder}/`));
  const wide = files.flatMap(findWideComments);
  const stiff = files.flatMap(findStiffComments);
  return [
    ...[...wide, ...stiff].filter((finding) => !isOwed(finding)),
    ...compareWithDebt('wide', wide.filter(isOwed).length, debt.wide),
    ...compareWithDebt('stiff', stiff.filter(isOwed).length, debt.stiff),
  ];
}

function compareWithDebt(kind: 'wide' | 'stiff', found: number, owed: number): Finding[] {
  if (found === owed) return [];
  const advice = found > owed ? 'rewrite those that this change adds' : 'lower the number';
  const message = `allows ${owed} ${kind} comments, and there are ${found}: ${advice}.`;
  return [{ path: 'test/rules/prose.ts', line: 1, message }];
}
