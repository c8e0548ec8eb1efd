import type { Item, Part } from '../../api/item.ts';
import { weighItem } from './item-weight.ts';
import { shortenItem } from './shorten-item.ts';

interface WindowRules {
  readonly bytesMax: number;
  /** The ids of what must be there: the question, and the answer that goes on. */
  readonly asked: ReadonlySet<string>;
  /** Whether the thread begins with the first item. */
  readonly isWhole: boolean;
}

/**
 * The items that a model gets, oldest first. All of them, if they fit. If not, the largest ones are
 * shortened, so that what stands before them stays; only if that is not enough are the oldest left
 * out. What is asked is always there.
 *
 * A window that does not begin with the thread begins with a user's item, and holds no result of a
 * tool whose call is before it.
 */
export function fitWindow(items: readonly Item[], rules: WindowRules): readonly Item[] {
  const { bytesMax } = rules;
  const weights = items.map(weighItem);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= bytesMax) return alignWindow(items, 0, rules);
  const level = levels.find((part) => heightOf(items, weights, rules, part) <= bytesMax);
  const fitted = items.map((item, i) => {
    const most = roomFor(item, rules, level ?? levels.at(-1)!);
    return weights[i]! > most ? shortenItem(item, most - noteBytes) : item;
  });
  return alignWindow(fitted, level === undefined ? newestThatFit(fitted, rules) : 0, rules);
}

/** Notes need some room, too. */
const noteBytes = 100;

/**
 * The parts of the window that one item may take. Few fixed ones: an item that is shortened stays
 * as it is over several questions, so that providers can reuse what they have read.
 */
const levels = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64] as const;

function heightOf(
  items: readonly Item[],
  weights: readonly number[],
  rules: WindowRules,
  level: number,
): number {
  return items.reduce(
    (sum, item, i) => sum + Math.min(weights[i]!, roomFor(item, rules, level)),
    0,
  );
}

/** What is asked may have half of the window, however much was said before. */
function roomFor({ id }: Item, { bytesMax, asked }: WindowRules, level: number): number {
  const least = asked.has(id) ? 1 / (2 * asked.size) : 0;
  return Math.floor(bytesMax * Math.max(level, least));
}

function newestThatFit(items: readonly Item[], { bytesMax, asked }: WindowRules): number {
  const needed = items.filter(({ id }) => asked.has(id));
  let bytes = needed.reduce((sum, item) => sum + weighItem(item), 0);
  let start = items.length;
  while (start > 0) {
    const item = items[start - 1]!; // start is above 0
    if (!asked.has(item.id)) bytes += weighItem(item);
    if (bytes > bytesMax && !asked.has(item.id)) break;
    start--;
  }
  return start;
}

function alignWindow(
  items: readonly Item[],
  start: number,
  { asked, isWhole }: WindowRules,
): readonly Item[] {
  if (start === 0 && isWhole) return items;
  const kept = items.slice(start);
  const missing = items.slice(0, start).filter(({ id }) => asked.has(id));
  const user = kept.findIndex(({ role }) => role === 'user');
  const isFar = user < 0 || user > kept.length / 2;
  // Rather than to lose most of the window, it begins with the last question before it.
  const before = isFar ? items.slice(0, start).findLast(({ role }) => role === 'user') : undefined;
  const begin = missing.length > 0 ? missing : before ? [before] : [];
  let window = withoutHalves(begin.length === 0 ? kept : [...begin, ...kept], asked);
  for (;;) {
    const first = window.findIndex(({ id, role }) => role === 'user' || asked.has(id));
    if (first <= 0) return window;
    window = withoutHalves(window.slice(first), asked); // calls were cut off, too
  }
}

function withoutHalves(items: readonly Item[], asked: ReadonlySet<string>): readonly Item[] {
  if (!items.some(({ parts }) => parts.some(isResult))) return items;
  const called = new Set<unknown>();
  return items.flatMap((item) => {
    const parts = item.parts.filter((part) => {
      if (part.type === 'tool-call') called.add(part.toolCallId);
      return !isResult(part) || called.has(part.toolCallId);
    });
    if (parts.length === item.parts.length || asked.has(item.id)) return [item];
    return parts.length === 0 ? [] : [{ ...item, parts }];
  });
}

/** A result as in model messages, which is in an item of its own. */
function isResult({ type, state }: Part): boolean {
  return type === 'tool-result' && state === undefined;
}
