/**
 * Identifiers.
 *
 * Item ids are UUIDs of version 7 (RFC 9562, section 5.7) in lower-case text, so that comparing the
 * text compares the number:
 *
 *   48 bits  milliseconds since 1970
 *    4 bits  version, 0111
 *   12 bits  rand_a
 *    2 bits  variant, 10
 *   62 bits  rand_b
 */
declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/**
 * A thread's id as callers know it, unique in its project: a UUIDv7, or 1 to 128 characters of
 * `[A-Za-z0-9_.:-]` chosen by a client.
 */
export type ThreadId = Brand<'ThreadId'>;
/**
 * A thread's id as rows hold it, unique in the store (docs/decisions/0042): in the project
 * `default` the id that callers know, in others `projectId/` before it. Older versions stored the
 * bare id in every project, and such rows stay as they are.
 */
export type StoredThreadId = Brand<'StoredThreadId'>;
/**
 * Where a thread of a project is, or would be. It is no id: whether an older version has stored the
 * thread is known only when its head was read, and the head has the id.
 */
export interface ThreadAddress {
  readonly [brand]: 'ThreadAddress' | 'StoredThreadId';
}
/** What a caller gives as a thread's id: any text, but never a stored id. */
export type ThreadIdText = string & { readonly [brand]?: 'ThreadId' };
/** An item's id: a UUIDv7, greater than the id of every item committed before it in its thread. */
export type ItemId = Brand<'ItemId'>;

const threadIdPattern = /^[A-Za-z0-9_.:-]{1,128}$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isUuidV7(text: string): boolean {
  return uuidPattern.test(text);
}

/**
 * Returns the value as a thread id, or `undefined`. Refuses `.` and `..`, which cannot stand in a
 * URL.
 */
export function parseThreadId(text: unknown): ThreadId | undefined {
  if (typeof text !== 'string' || !threadIdPattern.test(text) || text === '.' || text === '..')
    return undefined;
  return text as ThreadId; // branded only here and in newThreadId
}

/** Returns the value as a stored id, or `undefined`: `id`, or `project/id`. */
export function parseStoredThreadId(text: unknown): StoredThreadId | undefined {
  if (typeof text !== 'string') return undefined;
  const id = parseThreadId(publicPart(text));
  return id && storedThreadId(text.slice(0, -id.length - 1) || unprefixed, id);
}

/** The id under which a project's thread is stored, unless an older version has stored it. */
export function storedThreadId(projectId: string, id: ThreadId): StoredThreadId {
  const text: string = projectId === unprefixed ? id : projectId + afterProject + id;
  return text as StoredThreadId; // branded only here and in formerThreadId
}

/** The project in a stored id, and the id that older versions stored; `undefined` without one. */
export function formerThreadId(
  id: StoredThreadId,
): { readonly projectId: string; readonly id: StoredThreadId } | undefined {
  const end = id.lastIndexOf(afterProject);
  if (end < 0) return undefined;
  const bare = id.slice(end + 1);
  return { projectId: id.slice(0, end), id: bare as StoredThreadId }; // an older version's form
}

/** The id by which callers know a thread, the same wherever it is stored. */
export function publicThreadId(thread: ThreadAddress): ThreadId {
  return publicPart(idOfAddress(thread)) as ThreadId; // an address is made from a valid id
}

function publicPart(id: string): string {
  return id.slice(id.lastIndexOf(afterProject) + 1);
}

/** The id that stands for an address, which is one until its thread is found under another. */
export function idOfAddress(address: ThreadAddress): StoredThreadId {
  return address as unknown as StoredThreadId; // an address is made from one
}

/** The project whose threads are stored under the ids that callers know. */
const unprefixed = 'default';
/** Stands behind the project in a stored id. No id of a thread and no id of a project has it. */
const afterProject = '/';

/** Returns the value as an item id, or `undefined`. */
export function parseItemId(text: unknown): ItemId | undefined {
  // Branded only here and below.
  return typeof text === 'string' && uuidPattern.test(text) ? (text as ItemId) : undefined;
}

export function newThreadId(nowMs: number): ThreadId {
  return newUuidV7(nowMs) as ThreadId; // a fresh UUID is a valid thread id
}

/**
 * The next item id of a thread: new from the clock, or a successor of `last` if the clock stands
 * still or ran back. So ids rise whatever the clock does.
 */
export function nextItemId(last: string | undefined, nowMs: number): ItemId {
  return nextUuidV7(last, nowMs) as ItemId; // a UUIDv7 by construction
}

/** Like `nextItemId`, for other rows that are listed in the order of their creation. */
export function nextUuidV7(last: string | undefined, nowMs: number): string {
  const fresh = newUuidV7(nowMs);
  return last === undefined || fresh > last ? fresh : successor(last);
}

/**
 * A new UUIDv7. Times before 1970 or after the year 10889 are clamped. Every append makes two: one
 * call for all characters takes a third of the time of joining them byte by byte.
 */
export function newUuidV7(nowMs: number): string {
  const at = takeRandom(10);
  return `${timeText(nowMs)}-7${String.fromCharCode(
    lowDigit(at),
    highDigit(at + 1),
    lowDigit(at + 1),
    hyphen,
    hexDigits[8 | ((random[at + 2]! >> 4) & 3)]!,
    lowDigit(at + 2),
    highDigit(at + 3),
    lowDigit(at + 3),
    hyphen,
    highDigit(at + 4),
    lowDigit(at + 4),
    highDigit(at + 5),
    lowDigit(at + 5),
    highDigit(at + 6),
    lowDigit(at + 6),
    highDigit(at + 7),
    lowDigit(at + 7),
    highDigit(at + 8),
    lowDigit(at + 8),
    highDigit(at + 9),
    lowDigit(at + 9),
  )}`;
}

/** The time in an id. Ids made within one millisecond share the text. */
function timeText(nowMs: number): string {
  if (nowMs !== lastTime.ms) {
    const time = Math.min(Math.max(Math.floor(nowMs), 0), 0xffff_ffff_ffff);
    lastTime = { ms: nowMs, text: textOfTime(time) };
  }
  return lastTime.text;
}

function textOfTime(time: number): string {
  const hex = hexOf(time, 12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

let lastTime = { ms: 0, text: textOfTime(0) };

/**
 * A greater UUIDv7: increments rand_b, then rand_a, then the time (RFC 9562, section 6.2, method
 * 2). The step is random, so that a thread and its fork, which both continue from the same item, do
 * not produce the same ids.
 */
function successor(id: string): string {
  const node = numberIn(id, 24, 36) + randomStep(); // at most 2^49: exact
  const low = node % 2 ** 48;
  const sequence = (numberIn(id, 19, 23) & 0x3fff) + (node === low ? 0 : 1);
  const randA = numberIn(id, 15, 18) + (sequence >> 14);
  const time = numberIn(id, 0, 8) * 2 ** 16 + numberIn(id, 9, 13) + (randA >> 12);
  const variant = 0x8000 | (sequence & 0x3fff);
  return `${textOfTime(time)}-7${hexOf(randA & 0xfff, 3)}-${hexOf(variant, 4)}-${hexOf(low, 12)}`;
}

function numberIn(id: string, start: number, end: number): number {
  return Number.parseInt(id.slice(start, end), 16);
}

function hexOf(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}

/**
 * 1 to 2^48: a thread can count more than 60 million times before the time in its ids advances by 1
 * ms.
 */
function randomStep(): number {
  const at = takeRandom(6);
  let step = 0;
  for (let i = 0; i < 6; i++) step = step * 256 + random[at + i]!;
  return step + 1;
}

// One call for many random bytes is about thirty times cheaper than many calls for a few.
const random = new Uint8Array(8192);
let randomUsed = random.length;

function takeRandom(count: number): number {
  if (randomUsed + count > random.length) {
    crypto.getRandomValues(random);
    randomUsed = 0;
  }
  randomUsed += count;
  return randomUsed - count;
}

/** Twelve characters by chance. */
export function newTag(): string {
  const at = takeRandom(6);
  const digits: number[] = [];
  for (let i = at; i < at + 6; i++) digits.push(highDigit(i), lowDigit(i));
  return String.fromCharCode(...digits);
}

const hexDigits = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const hyphen = 0x2d;

/** The upper half of a random byte, as the code of its character. */
function highDigit(at: number): number {
  return hexDigits[random[at]! >> 4]!;
}

function lowDigit(at: number): number {
  return hexDigits[random[at]! & 0x0f]!;
}
