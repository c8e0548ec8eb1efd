import { isObject, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import { mentionsAsText } from '../../../shared/mentions.ts';
import { errorPartType, isToolPart } from '../../../shared/parts.ts';
import type { Part, Role } from '../../../api/item.ts';
import type { Care } from './care.ts';
import type { Dialect } from './dialect.ts';
import { isFilePart, toPromptFile, type FetchedFiles, type PromptFile } from './prompt-file.ts';
import { isLoose, toToolName, type ToolCalls } from './tool-calls.ts';

export interface SoundRules {
  readonly dialect: Dialect | undefined;
  readonly care: Care;
  readonly fetched: FetchedFiles;
  readonly calls: ToolCalls;
  /** Whether this request offers the model a tool of this name. */
  isOffered(toolName: string): boolean;
  /** Whether it can run one of this name. */
  isRunnable(toolName: string): boolean;
  /** Whether it offers one that the provider runs itself. */
  isNative(toolName: string): boolean;
}

/**
 * The parts of an item as the AI SDK and the provider can take them. The store keeps parts as they
 * were given, so any field may be missing or of another kind. `isContinued`: its approved calls are
 * still to run, and what belongs to them stays as it is.
 */
export function toSoundParts(
  role: Role,
  parts: readonly Part[],
  rules: SoundRules,
  isContinued: boolean,
): Part[] {
  return mentionsAsText(parts).flatMap((part) => {
    if (part.type === errorPartType || isLoose(part)) return [];
    if (part.type === 'text') return soundText(part, rules, isContinued);
    if (role === 'system') return [];
    if (isFilePart(part)) return [soundFile(part, role, rules)];
    if (role !== 'assistant') return [];
    if (part.type === 'reasoning') return soundText(part, rules, isContinued);
    if (isToolPart(part)) return soundTool(part, rules, isContinued);
    if (part.type === 'steering-message') return soundSteering(part, rules);
    return part.type === 'step-start' ? [part] : soundCustom(part, rules);
  });
}

function soundText(part: Part, { care }: SoundRules, isContinued: boolean): Part[] {
  const { type, text } = part;
  const metadata = soundMetadata(part.providerMetadata, care, isContinued);
  if (typeof text !== 'string') return [];
  // A reasoning without text may carry data that its provider wants back.
  const isBlank = text.trim() === '';
  if (isBlank && (type === 'text' || metadata === undefined)) return [];
  return [{ type, text: isBlank ? '' : text, ...(metadata && { providerMetadata: metadata }) }];
}

/** The providers that number what they stored, and refuse a number that they have forgotten. */
const numbering: ReadonlySet<string> = new Set(['openai', 'azure']);

/**
 * What the provider wants back. Of an earlier answer it gets no references to what it may have
 * deleted since, or what has lost its neighbours here; the contents are in the prompt.
 */
function soundMetadata(
  metadata: JsonValue | undefined,
  care: Care,
  isContinued: boolean,
): JsonObject | undefined {
  if (care !== 'usual' || !isObject(metadata)) return undefined;
  const known = Object.entries(metadata).filter(([, value]) => isObject(value));
  if (known.length === 0) return undefined;
  if (isContinued) return Object.fromEntries(known);
  return Object.fromEntries(known.map(([key, value]) => [key, withoutNumbers(key, value)]));
}

function withoutNumbers(provider: string, value: JsonValue): JsonValue {
  if (!numbering.has(provider) || !isObject(value)) return value;
  const { itemId: _itemId, reasoningEncryptedContent: _content, ...rest } = value;
  return rest;
}

function soundFile(part: Part, role: Role, rules: SoundRules): Part {
  const { dialect, care, fetched } = rules;
  const kinds = role === 'user' ? dialect?.files : dialect?.ownFiles;
  const file = toPromptFile(part, {
    dialect,
    fetched,
    kinds: care === 'no-files' ? [] : kinds,
  });
  const isOwnLink = role !== 'user' && file.type === 'file' && !file.url.startsWith('data:');
  if (dialect !== undefined && isOwnLink) return { type: 'text', text: '[A file was made here.]' };
  return fileMessagePart(part, file, care);
}

function fileMessagePart(part: Part, file: PromptFile, care: Care): Part {
  if (file.type === 'text') return file;
  const filename = part.filename ?? part.name;
  const metadata = soundMetadata(part.providerMetadata, care, false);
  return {
    type: 'file',
    mediaType: file.mediaType,
    url: file.type === 'file' ? file.url : '',
    ...(file.type === 'reference' && { providerReference: file.reference }),
    ...(typeof filename === 'string' && filename !== '' && { filename }),
    ...(metadata && { providerMetadata: metadata }),
  };
}

/** A user's message between two steps of an answer. */
function soundSteering(part: Part, rules: SoundRules): Part[] {
  const inner = Array.isArray(part.parts) ? part.parts : [];
  const parts = inner.flatMap((value: JsonValue) =>
    isObject(value) && typeof value.type === 'string' ? [{ ...value, type: value.type }] : [],
  );
  const sound = toSoundParts('user', parts, rules, false);
  return sound.length === 0 ? [] : [{ type: part.type, parts: sound }];
}

/** Content that only its own provider knows. */
function soundCustom(part: Part, { dialect, care }: SoundRules): Part[] {
  const { type, kind, providerMetadata } = part;
  if (type !== 'custom' || typeof kind !== 'string' || care !== 'usual') return [];
  if (dialect !== undefined && !dialect.customKinds.includes(kind)) return [];
  const metadata = soundMetadata(providerMetadata, care, false);
  return [{ type, kind, ...(metadata && { providerMetadata: metadata }) }];
}

function soundTool(part: Part, rules: SoundRules, isContinued: boolean): Part[] {
  if (!isWhole(part, isContinued)) return [];
  const { care, calls } = rules;
  const name = part.type === 'dynamic-tool' ? part.toolName : part.type.slice('tool-'.length);
  const toolName = typeof name === 'string' && rules.isOffered(name) ? name : toToolName(name);
  const isPending = part.state === 'approval-responded';
  const isNative =
    part.providerExecuted === true && ((isContinued && isPending) || rules.isNative(toolName));
  const callMetadata = soundMetadata(part.callProviderMetadata, care, isContinued);
  const resultMetadata = soundMetadata(part.resultProviderMetadata, care, isContinued);
  const sound = {
    type: 'dynamic-tool',
    toolName,
    toolCallId: calls.idOf(part),
    // The SDK marks so a tool that is gone, whose raw output the model must not get.
    ...(part.dynamic === false && { dynamic: false }),
    input: isNative ? (part.input ?? {}) : toToolInput(part.input ?? part.rawInput),
    ...(isNative && { providerExecuted: true }),
    ...(callMetadata && { callProviderMetadata: callMetadata }),
    ...(resultMetadata && { resultProviderMetadata: resultMetadata }),
  };
  const isLost = isContinued && isPending && !isNative && !rules.isRunnable(toolName);
  return [{ ...sound, ...(isLost ? lostOutcome(part) : outcomeOf(part, isContinued)) }];
}

/** The approved call of a tool that is no longer here can only fail. */
function lostOutcome(part: Part): JsonObject {
  if (approvalOf(part)?.approved !== true) return outcomeOf(part, true);
  return { state: 'output-error', errorText: lostText };
}

export const lostText = 'This tool is not here any more.';

/** Whether the model can get a part. A tool call needs an outcome. */
function isWhole(part: Part, isContinued: boolean): boolean {
  switch (part.state) {
    case 'output-available':
      return part.preliminary !== true;
    case 'output-error':
    case 'output-denied':
      return true;
    case 'approval-responded':
      // A refusal is an outcome; an approved call runs now, or never will.
      return isContinued ? approvalOf(part) !== undefined : approvalOf(part)?.approved !== true;
    default:
      return false;
  }
}

function outcomeOf(part: Part, isContinued: boolean): JsonObject {
  const approval = approvalOf(part);
  switch (part.state) {
    case 'output-available':
      return { state: part.state, output: part.output ?? null };
    case 'output-error': {
      const { errorText } = part;
      return { state: part.state, errorText: textOr(errorText, 'The tool failed.') };
    }
    case 'approval-responded':
      if (isContinued && approval) return { state: part.state, approval };
      return { state: 'output-denied', ...(approval && { approval }) };
    default:
      return { state: 'output-denied', ...(approval && { approval }) };
  }
}

function textOr(value: JsonValue | undefined, other: string): string {
  return typeof value === 'string' && value.trim() !== '' ? value : other;
}

function approvalOf({ approval }: Part): (JsonObject & { readonly approved: boolean }) | undefined {
  if (!isObject(approval) || typeof approval.id !== 'string') return undefined;
  const { approved, reason, ...rest } = approval;
  if (typeof approved !== 'boolean') return undefined;
  return { ...rest, approved, ...(typeof reason === 'string' && reason !== '' && { reason }) };
}

/** Providers want an object. */
export function toToolInput(input: JsonValue | undefined): JsonObject {
  if (isObject(input)) return input;
  if (input === undefined || input === null) return {};
  const parsed = typeof input === 'string' ? parsedObject(input) : undefined;
  return parsed ?? { value: input };
}

function parsedObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue; // JSON is of this type
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
