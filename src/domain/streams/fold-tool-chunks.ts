import { type JsonValue, isObject } from '../../shared/json.ts';
import { isToolPart } from '../../shared/parts.ts';
import type { Chunk } from '../../api/responder.ts';
import { parsePartialJson } from './partial-json.ts';
import { isPresent, type DraftPart, type PartList } from './part-list.ts';
import {
  type ToolValues,
  callOf,
  findCall,
  stringOf,
  toolNameOf,
  writeInStep,
  writeTo,
} from './write-tool-part.ts';

/** The part of a fold that handles tools: input, approval, output. */
export interface ToolFold {
  /** Returns whether the chunk was about a tool. */
  add(chunk: Chunk): boolean;
  /** Drops incomplete inputs. */
  forgetOpen(): void;
}

/** A call whose input is incomplete. */
interface OpenCall {
  text: string;
  readonly tool: ToolValues;
  part: DraftPart;
  /** The step in which `part` was found. */
  stepStart: number;
}

export function createToolFold(list: PartList): ToolFold {
  const open = new Map<string, OpenCall>();
  for (const part of list.step()) reopen(part, list, open);
  const handlers = createHandlers(list, open);
  return {
    add: (chunk) => {
      const handle = handlers.get(chunk.type);
      handle?.(chunk);
      return handle !== undefined;
    },
    forgetOpen: () => open.clear(),
  };
}

type Handlers = ReadonlyMap<string, (chunk: Chunk) => void>;

function createHandlers(list: PartList, open: Map<string, OpenCall>): Handlers {
  return new Map<string, (chunk: Chunk) => void>([
    ['tool-input-start', (chunk) => startInput(list, open, chunk)],
    ['tool-input-delta', (chunk) => addInput(list, open, chunk)],
    ['tool-input-available', (chunk) => setInput(list, chunk)],
    ['tool-input-error', (chunk) => failInput(list, chunk)],
    ['tool-approval-request', (chunk) => requestApproval(list, chunk)],
    ['tool-approval-response', (chunk) => respondToApproval(list, chunk)],
    ['tool-output-available', (chunk) => setOutput(list, chunk)],
    ['tool-output-error', (chunk) => setOutput(list, chunk)],
    ['tool-output-denied', (chunk) => denyOutput(list, chunk)],
  ]);
}

/** Resumes an input that was incomplete when the continued answer was stored. */
function reopen(part: DraftPart, list: PartList, open: Map<string, OpenCall>): void {
  const { fields } = part;
  if (!isToolPart(fields) || fields.state !== 'input-streaming') return;
  if (typeof fields.toolCallId !== 'string') return;
  const { inputEncoding, title, toolMetadata } = fields;
  const tool: ToolValues = {
    isDynamic: fields.type === 'dynamic-tool',
    toolCallId: fields.toolCallId,
    toolName: toolNameOf(fields),
    state: 'input-streaming',
    ...{ inputEncoding, title, toolMetadata },
  };
  const text = typeof fields.rawInput === 'string' ? fields.rawInput : '';
  open.set(tool.toolCallId, { text, tool, part, stepStart: list.stepStart });
}

function startInput(list: PartList, open: Map<string, OpenCall>, chunk: Chunk): void {
  const call = callOf(chunk);
  if (call === undefined) return;
  const { inputEncoding, title, toolMetadata } = chunk;
  const tool = { ...call, state: 'input-streaming', ...{ inputEncoding, title, toolMetadata } };
  const { providerExecuted, providerMetadata } = chunk;
  const part = writeInStep(list, { ...tool, ...{ providerExecuted, providerMetadata } });
  open.set(call.toolCallId, { text: '', tool, part, stepStart: list.stepStart });
}

function addInput(list: PartList, open: Map<string, OpenCall>, chunk: Chunk): void {
  const { toolCallId, inputTextDelta } = chunk;
  const call = typeof toolCallId === 'string' ? open.get(toolCallId) : undefined;
  if (call === undefined || typeof inputTextDelta !== 'string') return;
  call.text += inputTextDelta;
  const values = { ...call.tool, rawInput: call.text };
  if (call.stepStart === list.stepStart) writeTo(list, call.part, values);
  else call.part = writeInStep(list, values);
  call.stepStart = list.stepStart;
  // Parsing the whole input with every delta would take quadratic time.
  const { text, part } = call;
  part.settle = () => {
    const isText = call.tool.inputEncoding === 'text';
    part.fields.input = isText ? text : parsePartialJson(text);
    part.settle = undefined;
  };
}

function setInput(list: PartList, chunk: Chunk): void {
  const call = callOf(chunk);
  if (call === undefined) return;
  writeInStep(list, { ...call, state: 'input-available', ...inputOf(chunk), title: chunk.title });
}

function failInput(list: PartList, chunk: Chunk): void {
  const call = callOf(chunk);
  if (call === undefined) return;
  const known = list.findInStep((part) => isToolPart(part) && part.toolCallId === call.toolCallId);
  const isDynamic = known ? known.fields.type === 'dynamic-tool' : call.isDynamic;
  const { errorText } = chunk;
  writeInStep(list, { ...call, isDynamic, state: 'output-error', ...inputOf(chunk), errorText });
}

function inputOf(chunk: Chunk): Partial<ToolValues> {
  const { input, providerExecuted, providerMetadata, toolMetadata } = chunk;
  return { input, providerExecuted, providerMetadata, toolMetadata };
}

function requestApproval(list: PartList, chunk: Chunk): void {
  const part = findCall(list, chunk.toolCallId);
  if (part === undefined) return;
  part.fields.state = 'approval-requested';
  part.fields.approval = withoutUndefined({
    id: chunk.approvalId,
    descriptor: chunk.approvalDescriptor ?? undefined,
    inputSchemaInput: chunk.inputSchemaInput,
    requestReason: chunk.reason ?? undefined,
    isAutomatic: chunk.isAutomatic === true ? true : undefined,
    signature: chunk.signature ?? undefined,
  });
  list.touch(part);
}

function respondToApproval(list: PartList, chunk: Chunk): void {
  const { approvalId, approved, providerExecuted, providerMetadata } = chunk;
  const part = list.find(
    (fields) =>
      isToolPart(fields) && isObject(fields.approval) && fields.approval.id === approvalId,
  );
  if (part === undefined) return;
  const known = isObject(part.fields.approval) ? part.fields.approval : {};
  const reason = chunk.reason ?? known.reason;
  part.fields.state = 'approval-responded';
  part.fields.approval = withoutUndefined({ ...known, approved, reason });
  if (isPresent(providerExecuted)) part.fields.providerExecuted = providerExecuted;
  if (isPresent(providerMetadata)) part.fields.callProviderMetadata = providerMetadata;
  list.touch(part);
}

function denyOutput(list: PartList, chunk: Chunk): void {
  const part = findCall(list, chunk.toolCallId);
  if (part === undefined) return;
  part.fields.state = 'output-denied';
  list.touch(part);
}

/** A `preliminary` output is replaced by the next one. */
function setOutput(list: PartList, chunk: Chunk): void {
  const part = findCall(list, chunk.toolCallId);
  if (part === undefined) return;
  part.settle?.();
  const { fields } = part;
  const isError = chunk.type === 'tool-output-error';
  const isDynamic = fields.type === 'dynamic-tool';
  writeTo(list, part, {
    isDynamic,
    toolCallId: stringOf(fields.toolCallId),
    toolName: toolNameOf(fields),
    state: isError ? 'output-error' : 'output-available',
    input: fields.input,
    ...(isError
      ? { errorText: chunk.errorText, rawInput: isDynamic ? undefined : fields.rawInput }
      : { output: chunk.output, preliminary: chunk.preliminary }),
    title: fields.title,
    toolMetadata: chunk.toolMetadata ?? fields.toolMetadata,
    providerExecuted: chunk.providerExecuted,
    providerMetadata: chunk.providerMetadata,
  });
}

function withoutUndefined(fields: Record<string, JsonValue | undefined>): JsonValue {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as JsonValue; // without the undefined ones it is JSON
}
