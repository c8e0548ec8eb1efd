import type { JsonValue } from '../../shared/json.ts';
import type { Part } from '../../api/item.ts';

/** The fields of a part that still changes; one that is `undefined` is absent. */
export type DraftFields = { type: string; [field: string]: JsonValue | undefined };

export interface DraftPart {
  readonly fields: DraftFields;
  /** Created on demand, and again after `touch`. */
  snapshot: Part | undefined;
  /** Sets fields that are too expensive to keep current, before a snapshot is made. */
  settle?: (() => void) | undefined;
}

/**
 * The parts of a growing answer. Lookups take constant time, and a snapshot copies only the parts
 * that changed since the last one: both matter for answers of ten thousand chunks.
 */
export class PartList {
  readonly #parts: DraftPart[];
  /** The data parts with an id: the first one of each counts. */
  readonly #data = new Map<string, DraftPart>();
  /** The index at which the current step's parts begin. */
  #stepStart = 0;

  constructor(parts: readonly Part[]) {
    this.#parts = [];
    for (const part of parts) this.push({ ...part });
  }

  push(fields: DraftFields): DraftPart {
    const draft: DraftPart = { fields, snapshot: undefined };
    this.#parts.push(draft);
    if (fields.type === 'step-start') this.#stepStart = this.#parts.length;
    if (fields.type.startsWith('data-') && isPresent(fields.id)) {
      const key = dataKey(fields.type, fields.id);
      if (!this.#data.has(key)) this.#data.set(key, draft);
    }
    return draft;
  }

  touch(draft: DraftPart): void {
    draft.snapshot = undefined;
  }

  /** The parts of the current step. */
  step(): DraftPart[] {
    return this.#parts.slice(this.#stepStart);
  }

  /** The first match in the current step. */
  findInStep(fits: (fields: DraftFields) => boolean): DraftPart | undefined {
    for (let i = this.#stepStart; i < this.#parts.length; i += 1) {
      const draft = this.#parts[i]!; // below the length
      if (fits(draft.fields)) return draft;
    }
    return undefined;
  }

  find(fits: (fields: DraftFields) => boolean): DraftPart | undefined {
    return this.#parts.find((draft) => fits(draft.fields));
  }

  findLast(fits: (fields: DraftFields) => boolean): DraftPart | undefined {
    return this.#parts.findLast((draft) => fits(draft.fields));
  }

  findData(type: string, id: JsonValue): DraftPart | undefined {
    return this.#data.get(dataKey(type, id));
  }

  /** Numbers the steps, so that a part found in one is not mistaken for a part of the next. */
  get stepStart(): number {
    return this.#stepStart;
  }

  /** Drops the parts of the current step, but not its beginning. */
  dropStep(): void {
    for (const draft of this.#parts.splice(this.#stepStart)) {
      const { type, id } = draft.fields;
      if (!isPresent(id)) continue;
      const key = dataKey(type, id);
      if (this.#data.get(key) === draft) this.#data.delete(key);
    }
  }

  clear(): void {
    this.#parts.length = 0;
    this.#data.clear();
    this.#stepStart = 0;
  }

  snapshot(): Part[] {
    return this.#parts.map((draft) => (draft.snapshot ??= snapshotOf(draft)));
  }
}

/** The SDK's check `!= null`: `null` counts as absent. */
export function isPresent<T>(value: T): value is NonNullable<T> {
  return value !== null && value !== undefined;
}

function dataKey(type: string, id: JsonValue): string {
  return JSON.stringify([type, id]);
}

function snapshotOf(draft: DraftPart): Part {
  draft.settle?.();
  const entries = Object.entries(draft.fields).filter(([, value]) => value !== undefined);
  // Without undefined fields it is JSON, and it has a type.
  return Object.fromEntries(entries) as Part;
}
