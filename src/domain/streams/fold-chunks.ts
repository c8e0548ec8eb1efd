/**
 * Folds the chunks of a UI message stream into the parts of an answer, as the AI SDK's own clients
 * do (`processUIMessageStream` of `ai` 7), so that what is stored is what people saw. A
 * differential test compares the two.
 *
 * There are three differences. A data part that mentions a user is kept as a mention. A chunk that
 * does not fit (a delta of a text that never started, a result of an unknown tool call, a field of
 * the wrong type) is skipped, where a client would end with an error: one bad chunk must never lose
 * an answer. And the parts are JSON: a field without a value is absent.
 */
import { type JsonObject, type JsonValue, isObject } from '../../shared/json.ts';
import type { Part } from '../../api/item.ts';
import type { Chunk } from '../../api/responder.ts';
import type { Usage } from '../../api/run.ts';
import { fromDataMention } from '../../shared/mention-data.ts';
import { mergeMetadata } from '../../shared/merge-metadata.ts';
import { isPresent, PartList, type DraftFields, type DraftPart } from './part-list.ts';
import { createToolFold, type ToolFold } from './fold-tool-chunks.ts';

/**
 * An answer that grows by chunks. The cost of adding one does not depend on the answer's length.
 */
export interface Fold {
  /** Adds the next chunk. Never throws. */
  add(chunk: Chunk): void;
  /** A snapshot of the parts so far. Unchanged parts are shared with the previous snapshot. */
  readonly parts: Part[];
  /** The merged `messageMetadata` of the chunks; `{}` if there is none. */
  readonly metadata: JsonObject;
  /** The id in the `start` chunk. */
  readonly messageId: string | undefined;
  readonly finishReason: string | undefined;
  /** The tokens in `metadata.usage`. */
  readonly usage: Usage | undefined;
  /** The text of the last `error` chunk. */
  readonly error: string | undefined;
  /** Whether there was an `abort` chunk. */
  readonly isAborted: boolean;
}

interface FoldOptions {
  /** The id of the answer, if known. A `start` with another id restarts the answer. */
  readonly messageId?: string;
  /** The metadata of the answer that is continued. */
  readonly metadata?: JsonObject;
}

/** `continued` are the parts of the answer to continue, for instance after a tool's approval. */
export function createFold(continued: readonly Part[] = [], options: FoldOptions = {}): Fold {
  return new ChunkFold(continued, options);
}

/** Whether a new step of the answer begins with this chunk, from which a reader can resume. */
export function isStepBoundary(chunk: Chunk): boolean {
  return chunk.type === 'start-step';
}

class ChunkFold implements Fold {
  metadata: JsonObject;
  messageId: string | undefined;
  finishReason: string | undefined;
  error: string | undefined;
  isAborted = false;
  readonly #list: PartList;
  #tools: ToolFold;
  /** The open texts and reasonings, by the id of their chunks. */
  readonly #open: Readonly<Record<TextKind, Map<JsonValue | undefined, DraftPart>>> = {
    text: new Map(),
    reasoning: new Map(),
  };

  constructor(continued: readonly Part[], options: FoldOptions) {
    this.metadata = options.metadata ?? {};
    this.messageId = options.messageId;
    this.#list = new PartList(continued);
    this.#tools = createToolFold(this.#list);
  }

  get parts(): Part[] {
    return this.#list.snapshot();
  }

  get usage(): Usage | undefined {
    return toUsage(this.metadata.usage);
  }

  add(chunk: Chunk): void {
    if (this.#tools.add(chunk)) return;
    const [kind, event] = splitType(chunk.type);
    if (isTextKind(kind) && event !== undefined) this.#addText(kind, event, chunk);
    else if (chunk.type.startsWith('data-')) this.#addData(chunk);
    else if (Object.hasOwn(copiedFields, chunk.type)) this.#addCopy(chunk);
    else this.#addEvent(chunk);
  }

  #addText(kind: TextKind, event: TextEvent, chunk: Chunk): void {
    const open = this.#open[kind];
    if (event === 'start') open.set(chunk.id, this.#list.push(newText(kind, chunk)));
    const draft = open.get(chunk.id);
    if (draft === undefined || event === 'start') return;
    const { fields } = draft;
    if (event === 'end') {
      fields.state = 'done';
      if (kind === 'text' && isPresent(chunk.citations)) fields.citations = chunk.citations;
      open.delete(chunk.id);
    } else if (typeof chunk.delta === 'string' && typeof fields.text === 'string') {
      fields.text += chunk.delta;
    }
    fields.providerMetadata = chunk.providerMetadata ?? fields.providerMetadata;
    this.#list.touch(draft);
  }

  #addData(chunk: Chunk): void {
    if (chunk.transient) return;
    const known = isPresent(chunk.id) ? this.#list.findData(chunk.type, chunk.id) : undefined;
    if (known === undefined) {
      this.#list.push({ ...fromDataMention(chunk) });
      return;
    }
    known.fields.data = chunk.data;
    this.#list.touch(known);
  }

  #addCopy(chunk: Chunk): void {
    const { required, optional } = copiedFields[chunk.type]!; // `add` has checked it
    if (!required.every((field) => typeof chunk[field] === 'string')) return;
    const names = [...required, ...optional, 'providerMetadata'];
    const fields = Object.fromEntries(names.map((name) => [name, chunk[name]]));
    this.#list.push({ type: chunk.type, ...fields });
  }

  #addEvent(chunk: Chunk): void {
    switch (chunk.type) {
      case 'steering-message':
        this.#list.push({ type: chunk.type, id: chunk.id, parts: chunk.parts });
        break;
      case 'start-step':
        this.#list.push({ type: 'step-start' });
        break;
      case 'reset-step':
        this.#forgetOpen();
        this.#list.dropStep();
        break;
      case 'start':
        this.#start(chunk);
        break;
      case 'finish':
        if (typeof chunk.finishReason === 'string') this.finishReason = chunk.finishReason;
        this.#mergeMetadata(chunk);
        break;
      case 'message-metadata':
        this.#mergeMetadata(chunk);
        break;
      case 'abort':
        this.isAborted = true;
        break;
      case 'error':
        this.error = typeof chunk.errorText === 'string' ? chunk.errorText : '';
        break;
    }
  }

  #start(chunk: Chunk): void {
    const id = typeof chunk.messageId === 'string' ? chunk.messageId : undefined;
    if (id !== undefined && this.messageId !== undefined && id !== this.messageId) {
      this.#forgetOpen();
      this.#list.clear();
      this.metadata = {};
      this.finishReason = undefined;
    }
    this.messageId = id ?? this.messageId;
    this.#mergeMetadata(chunk);
  }

  #forgetOpen(): void {
    this.#open.text.clear();
    this.#open.reasoning.clear();
    this.#tools.forgetOpen();
  }

  #mergeMetadata(chunk: Chunk): void {
    if (isObject(chunk.messageMetadata)) {
      this.metadata = mergeMetadata(this.metadata, chunk.messageMetadata);
    }
  }
}

type TextKind = 'text' | 'reasoning';
type TextEvent = 'start' | 'delta' | 'end';

function isTextKind(kind: string): kind is TextKind {
  return kind === 'text' || kind === 'reasoning';
}

function splitType(type: string): [kind: string, event: TextEvent | undefined] {
  const dash = type.indexOf('-');
  const event = type.slice(dash + 1);
  const isEvent = event === 'start' || event === 'delta' || event === 'end';
  return [dash < 0 ? type : type.slice(0, dash), isEvent ? event : undefined];
}

function newText(kind: TextKind, chunk: Chunk): DraftFields {
  const id = kind === 'reasoning' ? { id: chunk.id } : {};
  return {
    type: kind,
    ...id,
    text: '',
    providerMetadata: chunk.providerMetadata,
    state: 'streaming',
  };
}

/** The chunks that are parts already, with the fields that their parts have. */
const copiedFields: Readonly<
  Record<string, { required: readonly string[]; optional: readonly string[] }>
> = {
  custom: { required: ['kind'], optional: [] },
  file: { required: ['mediaType', 'url'], optional: [] },
  'reasoning-file': { required: ['mediaType', 'url'], optional: [] },
  'source-url': { required: ['sourceId', 'url'], optional: ['title'] },
  'source-document': { required: ['sourceId', 'mediaType', 'title'], optional: ['filename'] },
};

function toUsage(usage: JsonValue | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { inputTokens, outputTokens, totalTokens } = usage;
  const told = {
    ...(isCount(inputTokens) && { inputTokens }),
    ...(isCount(outputTokens) && { outputTokens }),
    ...(isCount(totalTokens) && { totalTokens }),
  };
  return Object.keys(told).length === 0 ? undefined : told;
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
