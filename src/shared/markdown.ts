/**
 * The beginning of a Markdown text as people read it: without the marks of headings, emphasis,
 * lists, quotes, tables, code and links. What is not Markdown stays as it is. At most the first 800
 * UTF-16 units are looked at, since a preview needs no more.
 */
export function withoutMarks(text: string): string {
  const enough = text.length > lookedAtMax ? text.slice(0, lookedAtMax).toWellFormed() : text;
  let plain = enough;
  for (const [pattern, replacement] of blockMarks) plain = plain.replace(pattern, replacement);
  for (const [pattern, replacement] of inlineMarks) plain = plain.replace(pattern, replacement);
  return plain;
}

const lookedAtMax = 800;

/** Whether there may be marks in a text that was brought onto one line. */
export function mayHaveMarks(line: string): boolean {
  return mark.test(line);
}

const mark = /[*_`~#>|[\]\\<]|(?:^| )[-+] /;

const blockMarks: readonly [pattern: RegExp, replacement: string][] = [
  [/^[ \t]*(?:```|~~~).*$/gm, ''], // fences of code, with the name of its language
  [/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, ''], // rules
  [/^(?=.*\|)[ \t|:-]*-[ \t|:-]*$/gm, ''], // below a table's head
  [/^(?:[ \t]*>)+[ \t]?/gm, ''],
  [/^[ \t]*#{1,6}[ \t]+(.*?)[ \t]*#*$/gm, '$1'],
  [/^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?/gm, ''],
  [/^[ \t]*\|(.*?)\|?[ \t]*$/gm, '$1'],
];

/** A link that is cut at the end has its address taken away, too. */
const inlineMarks: readonly [pattern: RegExp, replacement: string][] = [
  [/!?\[([^\]\n]*)\]\([^)\n]*(?:\)|$)/g, '$1'],
  [/<((?:https?|mailto):[^>\s]*)>/g, '$1'],
  [/(?<!\\)(`+)([^`\n]+)\1/g, '$2'],
  [/(?<!\\)(\*{1,3})(?=[^\s*])([^*\n]*[^\s*])\1/g, '$2'],
  [/(?<![\\\p{L}\p{N}_])(_{1,3})(?=[^\s_])([^\n]*?[^\s_])\1(?![\p{L}\p{N}_])/gu, '$2'],
  [/~~(?=\S)([^~\n]*\S)~~/g, '$1'],
  [/\\([\\`*_{}[\]()#+\-.!|>~])/g, '$1'],
];
