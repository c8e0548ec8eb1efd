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

/** What is wrong with the comments of a file. */
export function findProse(file: ProjectFile): Finding[] {
  return [...findWideComments(file), ...findStiffComments(file)];
}
