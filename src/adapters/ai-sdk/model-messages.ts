import {
  convertToModelMessages,
  createDownload,
  type LanguageModel,
  type ModelMessage,
  type ToolSet,
  type UIMessage,
} from 'ai';
import type { Item, Part } from '../../api/item.ts';
import { dialectOf, type Dialect } from './prompt/dialect.ts';
import type { Care } from './prompt/care.ts';
import { fetchFiles, linksIn, type Download } from './prompt/fetch-files.ts';
import { noteOf } from './prompt/prompt-file.ts';
import { shapeMessages } from './prompt/shape-messages.ts';
import { toSoundParts, toToolInput, type SoundRules } from './prompt/sound-parts.ts';
import { soundMessages } from './prompt/sound-messages.ts';
import { isLoose, ToolCalls, toToolName } from './prompt/tool-calls.ts';
import { toToolOutput, type ToolOutput } from './prompt/tool-output.ts';

export interface ModelMessagesOptions {
  /** The tools whose own `toModelOutput` shapes their outputs for the model. */
  readonly tools?: ToolSet;
  /** The id of the item that the turn continues: its approved tools are still to run. */
  readonly continuedId?: string;
  /** The model that gets the messages: they follow the rules of its provider. */
  readonly model?: LanguageModel;
}

/** The fields of an item that the model gets; `NewItem`s with parts have them, too. */
export type ModelItem = Pick<Item, 'role' | 'parts'> & Partial<Pick<Item, 'id'>>;

/**
 * The messages for the model from items of the view `context`, oldest first. Leaves out the errors
 * of earlier runs, and every tool call without a result (its input was cut, its approval was never
 * answered, its run ended), because providers refuse conversations with one; items without
 * remaining parts are left out. Accepts both the parts of UI messages and those of model messages
 * (`tool-call`, `tool-result`).
 *
 * Items are stored as they were given. Where they have something that no model can take, such as a
 * file whose address leads nowhere, the model gets a short note; with `model`, also where its
 * provider takes no such thing. What its provider refuses in the order of messages is put right.
 */
export async function toModelMessages(
  items: readonly ModelItem[],
  options: ModelMessagesOptions = {},
): Promise<ModelMessage[]> {
  const { model } = options;
  const dialect = model && (await dialectOf(model));
  return (await buildPrompt(items, { ...options, dialect })).messages;
}

interface PromptOptions extends Pick<ModelMessagesOptions, 'tools' | 'continuedId'> {
  /** Absent if the provider is not known. */
  readonly dialect: Dialect | undefined;
  /** Default `usual`. */
  readonly care?: Care;
  readonly download?: Download;
  readonly signal?: AbortSignal;
}

/** The messages for a model. */
export interface Prompt {
  readonly messages: ModelMessage[];
  /** The stored ids of calls that have another id in the messages. */
  readonly storedIds: ReadonlyMap<string, string>;
}

/** Like `toModelMessages`, for one attempt at an answer. */
export async function buildPrompt(
  items: readonly ModelItem[],
  options: PromptOptions,
): Promise<Prompt> {
  const { dialect, care = 'usual', continuedId, tools = {}, signal } = options;
  const { download = createDownload({ maxBytes: fileBytesMax }) } = options;
  const continued = items.find(({ id }) => id !== undefined && id === continuedId);
  const links = dialect && care !== 'no-files' ? linksIn(items, dialect, care) : [];
  const calls = new ToolCalls(items, continued, dialect?.callId);
  const rules: SoundRules = {
    ...{ dialect, care, calls },
    fetched: await fetchFiles(links, download, signal),
    isOffered: (name) => Object.hasOwn(tools, name),
    isRunnable: (name) => options.tools === undefined || isRunnable(tools, name),
    isNative: (name) => care === 'usual' && isNative(tools, name),
  };
  const converting = { rules, continued, tools: patientTools(tools) };
  const converted = await Promise.all(items.map((item) => convertItem(item, converting)));
  // What is asked is always there, if only as a note.
  const isSilent = items.at(-1)?.role === 'user' && converted.at(-1)!.length === 0;
  const messages = [...converted.flat(), ...(isSilent && dialect ? [silence] : [])];
  const sound = soundMessages(messages, { dialect, care, isContinued: continued !== undefined });
  return {
    messages: dialect ? shapeMessages(sound, dialect, continued !== undefined) : sound,
    storedIds: calls.storedIds,
  };
}

const fileBytesMax = 20 * 1024 * 1024;

const silence: ModelMessage = { role: 'user', content: '[A message without words.]' };

function isRunnable(tools: ToolSet, name: string): boolean {
  return Object.hasOwn(tools, name) && tools[name]!.execute !== undefined;
}

function isNative(tools: ToolSet, name: string): boolean {
  return Object.hasOwn(tools, name) && tools[name]!.type === 'provider';
}

/**
 * A tool of today may not understand what it returned in the past. Its output is not told raw: the
 * tool may have kept a part of it from the model.
 */
function patientTools(tools: ToolSet): ToolSet {
  const entries = Object.entries(tools).map(([name, tool]) => {
    const { toModelOutput } = tool;
    if (toModelOutput === undefined) return [name, tool] as const;
    const patient = async (call: Parameters<typeof toModelOutput>[0]): Promise<ToolOutput> => {
      try {
        return await toModelOutput(call);
      } catch {
        return { type: 'text', value: noteOf('An output', 'Its tool can no longer read it.') };
      }
    };
    return [name, { ...tool, toModelOutput: patient }] as const;
  });
  return Object.fromEntries<ToolSet[string]>(entries);
}

interface Converting {
  readonly rules: SoundRules;
  readonly continued: ModelItem | undefined;
  readonly tools: ToolSet;
}

async function convertItem(
  item: ModelItem,
  { rules, continued, tools }: Converting,
): Promise<ModelMessage[]> {
  const { role, parts } = item;
  const { calls } = rules;
  const messages: ModelMessage[] = [];
  if (role !== 'tool') {
    const sound = toSoundParts(role, parts, rules, item === continued);
    // They are parts of UI messages now; `toSoundParts` made them so.
    const message = { role, parts: sound } as unknown as Omit<UIMessage, 'id'>;
    messages.push(...(await convertToModelMessages([message], { tools })));
  }
  const paired = parts.filter((part) => isLoose(part) && calls.resultOf(part) !== undefined);
  if (paired.length === 0) return messages.filter(hasContent);
  const content = paired.map((part) => toCall(part, calls));
  const results = paired.map((part) => toResult(part, calls));
  messages.push({ role: 'assistant', content }, { role: 'tool', content: results });
  return messages.filter(hasContent);
}

function hasContent({ content }: ModelMessage): boolean {
  return content.length > 0;
}

type ContentOf<Role, Type> =
  Extract<ModelMessage, { role: Role }> extends { content: infer Content }
    ? Content extends readonly (infer Inner)[]
      ? Extract<Inner, { type: Type }>
      : never
    : never;

function toCall(part: Part, calls: ToolCalls): ContentOf<'assistant', 'tool-call'> {
  const { input, args } = part;
  return {
    type: 'tool-call',
    toolCallId: calls.idOf(part),
    toolName: nameOf(part, calls),
    input: toToolInput(input ?? args),
  };
}

function toResult(part: Part, calls: ToolCalls): ContentOf<'tool', 'tool-result'> {
  return {
    type: 'tool-result',
    toolCallId: calls.idOf(part),
    toolName: nameOf(part, calls),
    output: toToolOutput(calls.resultOf(part) ?? {}), // only calls with one are asked
  };
}

/** Of the two, one may have come without the tool's name. */
function nameOf(call: Part, calls: ToolCalls): string {
  const names = [call.toolName, calls.resultOf(call)?.toolName];
  return toToolName(names.find((name) => typeof name === 'string' && name !== ''));
}
