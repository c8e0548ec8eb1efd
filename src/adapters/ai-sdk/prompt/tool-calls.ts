import type { Part } from '../../../api/item.ts';
import { isToolPart } from '../../../shared/parts.ts';

interface ToolItem {
  readonly parts: readonly Part[];
}

/**
 * Which calls of tools and which results belong together, and under which ids the model gets them:
 * its provider wants each id once, made of certain characters, while histories come from several
 * providers, some of which count from 0 in each answer.
 *
 * Calls and results as in model messages (`tool-call`, `tool-result`) are in items of their own. A
 * result belongs to the oldest call of its id that stands before it and has none yet.
 */
export class ToolCalls {
  readonly #pattern: RegExp | undefined;
  readonly #used = new Set<string>();
  readonly #ids = new Map<Part, string>();
  readonly #results = new Map<Part, Part>();
  /** Stored ids by those that replace them. */
  readonly storedIds: Map<string, string> = new Map();

  /** The ids of `kept`, the item that is being continued, stay if they can. */
  constructor(items: readonly ToolItem[], kept: ToolItem | undefined, pattern: RegExp | undefined) {
    this.#pattern = pattern;
    const all = items.flatMap(({ parts }) => parts);
    // A new id must not be one that another call has.
    const given = new Set(all.map(({ toolCallId }) => toolCallId));
    for (const part of [...(kept?.parts ?? []), ...all]) {
      if (isCall(part) && !this.#ids.has(part)) this.#name(part, given);
    }
    this.#pair(all);
  }

  #name(part: Part, given: ReadonlySet<unknown>): void {
    const stored = typeof part.toolCallId === 'string' ? part.toolCallId : '';
    const isUsable = (this.#pattern?.test(stored) ?? stored !== '') && !this.#used.has(stored);
    const id = isUsable ? stored : this.#newId(given);
    this.#used.add(id);
    this.#ids.set(part, id);
    if (id !== stored) this.storedIds.set(id, stored);
  }

  #newId(given: ReadonlySet<unknown>): string {
    let i = this.#used.size;
    while (given.has(`call_${i}`) || this.#used.has(`call_${i}`)) i++;
    return `call_${i}`;
  }

  #pair(parts: readonly Part[]): void {
    const open = new Map<unknown, Part[]>();
    for (const part of parts) {
      if (!isLoose(part)) continue;
      const waiting = open.get(part.toolCallId) ?? [];
      if (part.type === 'tool-call') open.set(part.toolCallId, [...waiting, part]);
      else if (waiting.length > 0) this.#results.set(waiting.shift()!, part); // it has one
    }
  }

  /** The id of a call for the model. */
  idOf(call: Part): string {
    return this.#ids.get(call) ?? '';
  }

  /** The result of a loose call. Without one, no provider takes the call. */
  resultOf(call: Part): Part | undefined {
    return this.#results.get(call);
  }
}

/** Whether a part is a call or a result as in model messages, which are in separate messages. */
export function isLoose({ type, state }: Part): boolean {
  return (type === 'tool-call' || type === 'tool-result') && state === undefined;
}

function isCall(part: Part): boolean {
  return isToolPart(part) && !(isLoose(part) && part.type === 'tool-result');
}

/** A name that every provider takes. */
export function toToolName(name: unknown): string {
  const known = typeof name === 'string' ? name : '';
  if (/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/.test(known)) return known;
  const clean = known.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 58);
  return clean === '' ? 'unnamed_tool' : `tool_${clean}`;
}
