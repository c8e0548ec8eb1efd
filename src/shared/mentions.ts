import type { TaggedJson } from './json.ts';
import { isShortText } from './text.ts';
import { agentPrefix } from './validate.ts';

/** How many users one item mentions at most. */
export const mentionsMax = 50;

/** What a part of the type `mention` says. */
interface Mention {
  readonly userId: string;
  /** The name as its writer saw it. */
  readonly name?: string;
}

/** `undefined` for any other part, also for one that older versions took as an unknown kind. */
export function toMention(part: TaggedJson): Mention | undefined {
  if (part.type !== 'mention' || !isName(part.userId)) return undefined;
  const { userId, name } = part;
  return isName(name) ? { userId, name } : { userId };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isShortText(value, 128);
}

/** The users that an item names, each once: the first fifty. */
export function mentionedIn(parts: readonly TaggedJson[]): readonly string[] {
  const ids = parts.flatMap((part) => toMention(part)?.userId ?? []);
  return ids.length === 0 ? ids : [...new Set(ids)].slice(0, mentionsMax);
}

/** A mention as models and lists read it. An agent is called by its own name. */
export function mentionText({ userId, name }: Mention): string {
  const known = userId.startsWith(agentPrefix) ? userId.slice(agentPrefix.length) : userId;
  return `@${name ?? known}`;
}

/**
 * Parts in which each mention is a text, joined with the texts beside it, as it stands in a
 * sentence. Parts without mentions are returned as they are.
 *
 * @example
 * mentionsAsText([
 *   { type: 'text', text: 'Ask ' },
 *   { type: 'mention', userId: 'ada' },
 *   { type: 'text', text: ', please.' },
 * ]); // [{ type: 'text', text: 'Ask @ada, please.' }]
 */
export function mentionsAsText<Each extends TaggedJson>(parts: readonly Each[]): readonly Each[] {
  if (parts.every(({ type }) => type !== 'mention')) return parts;
  const told: Each[] = [];
  let isInline = false;
  for (const part of parts) {
    const mention = toMention(part);
    const text = mention ? mentionText(mention) : plainText(part);
    const last = told.at(-1);
    const before = last && plainText(last);
    const goesOn = text !== undefined && before !== undefined && (isInline || mention);
    const own = mention ? ({ type: 'text', text } as unknown as Each) : part; // a part like others
    if (goesOn) told[told.length - 1] = { ...last!, text: joinInline(before, text) };
    else told.push(own);
    isInline = mention !== undefined;
  }
  return told;
}

/** The text of a part that says nothing else, which another can be joined to. */
function plainText(part: TaggedJson): string | undefined {
  const { type, text, providerMetadata } = part;
  const isPlain = type === 'text' && providerMetadata === undefined;
  return isPlain && typeof text === 'string' ? text : undefined;
}

/** Joins a mention with what stands beside it: a blank comes between two words. */
export function joinInline(before: string, text: string): string {
  const isApart = /^$|[\s([{"'“‘«/]/u.test(before.slice(-1)) || !/^[\p{L}\p{N}@_]/u.test(text);
  return isApart ? before + text : `${before} ${text}`;
}

/** A user as people call it. */
export interface NamedUser {
  readonly id: string;
  readonly displayName?: string;
}

/** A piece of a text, or a mention. */
export type TextOrMention =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'mention'; readonly userId: string; readonly name: string };

/**
 * The parts of a text in which people are called as `@name`: by their display names or their ids,
 * in any case, the longest first. The store itself reads no names in texts, so that a name that two
 * people have mentions the one whom the writer means.
 *
 * @example
 * partsWithMentions('Ask @Ada, please.', [{ id: 'u1', displayName: 'Ada' }]);
 * // [{type: 'text', text: 'Ask '}, {type: 'mention', userId: 'u1', name: 'Ada'}, …]
 */
export function partsWithMentions(text: string, people: readonly NamedUser[]): TextOrMention[] {
  const names = people
    .flatMap(({ id, displayName }) => [displayName ?? '', id].map((name) => ({ name, id })))
    .filter(({ name }) => isName(name))
    .toSorted((a, b) => b.name.length - a.name.length);
  const parts: TextOrMention[] = [];
  let told = 0;
  let count = 0;
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}_])@/gu)) {
    if (index < told || count === mentionsMax) continue;
    const found = names.find(({ name }) => isCalled(text, index + 1, name));
    if (found === undefined) continue;
    if (index > told) parts.push({ type: 'text', text: text.slice(told, index) });
    parts.push({ type: 'mention', userId: found.id, name: found.name });
    told = index + 1 + found.name.length;
    count += 1;
  }
  if (told < text.length || parts.length === 0)
    parts.push({ type: 'text', text: text.slice(told) });
  return parts;
}

function isCalled(text: string, at: number, name: string): boolean {
  const end = at + name.length;
  const isSame = text.slice(at, end).toLowerCase() === name.toLowerCase();
  return isSame && !/^[\p{L}\p{N}_]/u.test(text.slice(end, end + 2));
}
