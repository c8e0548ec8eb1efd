import type { Change, Item, Role, Thread } from '../store-types.ts';
import { formatTime, plural } from './duration.ts';
import { partLines, type PartFormat } from './part-lines.ts';
import { mentionsAsText } from '../../shared/mentions.ts';
import { isToolPart } from '../../shared/parts.ts';
import type { Colors } from './colors.ts';
import { safeLine } from './safe-text.ts';

const indent = '  ';
/** After such a pause the header repeats the time, even for the same speaker. */
const pauseMs = 5 * 60_000;

/**
 * A thread as a transcript for people. A header gives the speaker and the time. Further items of
 * the same speaker follow below it, and so do the tools at work on an answer.
 */
export class Transcript {
  readonly #format: PartFormat;
  #speaker: string | undefined;
  #runId: string | undefined;
  #timeMs = 0;

  /** The widths are those of whole lines, with the indent. */
  constructor({ colors, textWidth, compactWidth }: PartFormat) {
    this.#format = {
      colors,
      textWidth: textWidth - indent.length,
      compactWidth: compactWidth - indent.length,
    };
  }

  headLines(thread: Thread): string[] {
    const { colors } = this.#format;
    const facts = [
      thread.id,
      thread.mode,
      thread.visibility,
      plural(thread.itemCount, 'item'),
      `updated ${formatTime(thread.updatedAt)}`,
      ...(thread.scopeType === undefined ? [] : [`${thread.scopeType}/${thread.scopeId}`]),
      ...thread.tags.map((tag) => `#${tag}`),
      ...(thread.archivedAt === undefined ? [] : ['archived']),
      ...(thread.forkedFrom === undefined ? [] : [`forked from ${thread.forkedFrom.threadId}`]),
    ];
    return [colors.bold(safeLine(thread.title)), colors.dim(safeLine(facts.join(' · ')))];
  }

  itemLines(item: Item): string[] {
    const { colors } = this.#format;
    const marks = marksOf(item);
    const lines = marks.length === 0 ? [] : [colors.yellow(`(${marks.join(', ')})`)];
    const parts = mentionsAsText(item.parts);
    for (const part of parts) lines.push(...partLines(part, this.#format));
    return [...this.#header(item), ...lines.map((line) => (line === '' ? '' : indent + line))];
  }

  /** The lines for an amendment, while a thread is followed. */
  changeLines(change: Change, item: Item | undefined): string[] {
    const { colors } = this.#format;
    this.#speaker = undefined; // the next item gets a header
    const by = change.authorId === undefined ? '' : ` by ${safeLine(change.authorId)}`;
    const what = changeWords[change.type];
    const lines = ['', colors.yellow(`* ${formatTime(change.createdAt)} an item was ${what}${by}`)];
    if (item === undefined) return [...lines, colors.dim(`${indent}(it is no longer shown)`)];
    return [...lines, ...this.itemLines(item).slice(1)]; // the empty line is above the change
  }

  #header(item: Item): string[] {
    const speaker = speakerOf(item);
    const timeMs = Date.parse(item.createdAt);
    // Two answers to the same question are separate, even if no other item is between them.
    const isSameRun = item.runId === this.#runId;
    const goesOn = speaker === this.#speaker && isSameRun && timeMs - this.#timeMs < pauseMs;
    this.#speaker = speaker;
    this.#runId = item.runId;
    this.#timeMs = timeMs;
    if (goesOn) return [];
    const { colors } = this.#format;
    const role = item.role === 'tool' ? 'assistant' : item.role;
    const who = item.authorId === undefined ? [] : [safeLine(item.authorId)];
    return [
      '',
      [roleColor(colors, role)(role), ...who, colors.dim(formatTime(item.createdAt))].join(' · '),
    ];
  }
}

const changeWords = {
  edit: 'edited',
  redaction: 'redacted',
  visibility: 'shown or hidden',
  pin: 'pinned',
  unpin: 'unpinned',
} as const;

/** Tools work on the assistant's answer. */
function speakerOf({ role, authorId, parts }: Item): string {
  const isWork = role === 'tool' || (role === 'assistant' && parts.every(isToolPart));
  return isWork ? 'assistant ' : `${role} ${authorId ?? ''}`;
}

function marksOf(item: Item): string[] {
  return [
    ...(item.replacesId === undefined ? [] : ['edited']),
    ...(item.replacedById === undefined ? [] : ['replaced']),
    ...(item.redactedAt === undefined ? [] : [`redacted ${formatTime(item.redactedAt)}`]),
    ...(item.visibility === 'visible' ? [] : [item.visibility]),
    ...(item.private ? ['private'] : []),
    ...(item.pinned ? ['pinned'] : []),
    ...(item.metadata['skein:partial'] === true ? ['partial'] : []),
    ...(item.attempt === 1 ? [] : [`attempt ${item.attempt}`]),
  ];
}

function roleColor(colors: Colors, role: Role): (text: string) => string {
  switch (role) {
    case 'user':
      return colors.green;
    case 'assistant':
    case 'tool':
      return colors.blue;
    case 'system':
      return colors.magenta;
  }
}
