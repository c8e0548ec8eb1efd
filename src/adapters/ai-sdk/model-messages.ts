import { convertToModelMessages, type ModelMessage, type ToolSet, type UIMessage } from 'ai';
import { RunFailure } from '../../shared/run-failure.ts';
import type { Item, Part } from '../../api/item.ts';
import type { JsonValue } from '../../shared/json.ts';
import { errorPartType } from '../../shared/parts.ts';

export interface ModelMessagesOptions {
  /** The tools whose own `toModelOutput` shapes their outputs for the model. */
  readonly tools?: ToolSet;
  /** The id of the item that the turn continues: its approved tools are still to run. */
  readonly continuedId?: string;
}

/** The fields of an item that the model gets; `NewItem`s with parts have them, too. */
export type ModelItem = Pick<Item, 'role' | 'parts'> & Partial<Pick<Item, 'id'>>;

/**
 * The messages for the model from items of the view `context`, oldest first. Leaves out the errors
 * of earlier runs, and every tool call without a result (its input was cut, its approval was never
 * answered, its run ended), because providers refuse conversations with one; items without
 * remaining parts are left out. Accepts both the parts of UI messages and those of model messages
 * (`tool-call`, `tool-result`).
 */
export async function toModelMessages(
  items: readonly ModelItem[],
  options: ModelMessagesOptions = {},
): Promise<ModelMessage[]> {
  const pairs = pairCalls(items);
  const messages = await Promise.all(items.map((item) => convertItem(item, pairs, options)));
  return messages.flat().filter(hasContent);
}

async function convertItem(
  item: ModelItem,
  pairs: ReadonlySet<string>,
  options: ModelMessagesOptions,
): Promise<ModelMessage[]> {
  const isContinued = item.id !== undefined && item.id === options.continuedId;
  const parts = item.parts.filter((part) => part.type !== errorPartType);
  const loose = parts.filter((part) => isLoose(part) && pairs.has(textOf(part.toolCallId)));
  const shown = parts.filter((part) => !isLoose(part) && isWhole(part, isContinued));
  const messages = item.role === 'tool' ? [] : await convertParts(item.role, shown, options);
  const calls = loose.filter((part) => part.type === 'tool-call');
  const results = loose.filter((part) => part.type === 'tool-result');
  if (calls.length > 0) messages.push({ role: 'assistant', content: calls.map(toCall) });
  if (results.length > 0) messages.push({ role: 'tool', content: results.map(toResult) });
  return messages;
}

async function convertParts(
  role: UIMessage['role'],
  parts: readonly Part[],
  { tools }: ModelMessagesOptions,
): Promise<ModelMessage[]> {
  // The SDK skips parts of kinds that it does not know.
  const message = { role, parts: [...parts] } as unknown as Omit<UIMessage, 'id'>;
  try {
    return await convertToModelMessages([message], tools && { tools });
  } catch (error) {
    const failure = {
      code: 'invalid_request',
      message: 'The conversation has a message that a model cannot take.',
      retryable: false,
    };
    throw new RunFailure(failure, { cause: error });
  }
}

/** Whether a part is a call or a result as in model messages, which are in separate messages. */
function isLoose({ type, state }: Part): boolean {
  return (type === 'tool-call' || type === 'tool-result') && state === undefined;
}

/** The ids of loose calls with a later result, the only ones that a provider accepts. */
function pairCalls(items: readonly ModelItem[]): ReadonlySet<string> {
  const called = new Set<string>();
  const paired = new Set<string>();
  for (const part of items.flatMap((item) => item.parts)) {
    if (!isLoose(part)) continue;
    const id = textOf(part.toolCallId);
    if (part.type === 'tool-call') called.add(id);
    else if (called.has(id)) paired.add(id);
  }
  return paired;
}

/** Whether the model can get a part. A tool call needs an outcome. */
function isWhole(part: Part, isContinued: boolean): boolean {
  if (part.type !== 'dynamic-tool' && !part.type.startsWith('tool-')) return true;
  switch (part.state) {
    case 'output-available':
      return part.preliminary !== true;
    case 'output-error':
    case 'output-denied':
      return true;
    case 'approval-responded':
      // A refusal is an outcome; an approved call runs now, or never will.
      return isContinued || !isApproved(part.approval);
    default:
      return false;
  }
}

function isApproved(approval: JsonValue | undefined): boolean {
  return (
    typeof approval === 'object' &&
    approval !== null &&
    'approved' in approval &&
    approval.approved === true
  );
}

type ContentOf<Role, Type> =
  Extract<ModelMessage, { role: Role }> extends { content: infer Content }
    ? Content extends readonly (infer Inner)[]
      ? Extract<Inner, { type: Type }>
      : never
    : never;

function toCall(part: Part): ContentOf<'assistant', 'tool-call'> {
  const { toolCallId, toolName, input, args, providerExecuted } = part;
  return {
    type: 'tool-call',
    toolCallId: textOf(toolCallId),
    toolName: textOf(toolName),
    input: input ?? args ?? {},
    ...(typeof providerExecuted === 'boolean' && { providerExecuted }),
  };
}

function toResult(part: Part): ContentOf<'tool', 'tool-result'> {
  const { toolCallId, toolName } = part;
  return {
    type: 'tool-result',
    toolCallId: textOf(toolCallId),
    toolName: textOf(toolName),
    output: toOutput(part.output ?? part.result ?? null),
  };
}

const outputTypes: ReadonlySet<unknown> = new Set([
  'text',
  'json',
  'error-text',
  'error-json',
  'content',
  'execution-denied',
]);

type ToolOutput = ContentOf<'tool', 'tool-result'>['output'];

function toOutput(output: JsonValue): ToolOutput {
  if (typeof output === 'string') return { type: 'text', value: output };
  const isTyped =
    typeof output === 'object' &&
    output !== null &&
    'type' in output &&
    outputTypes.has(output.type);
  // A value with a type is such an output already; any other is the tool's raw output.
  return (isTyped ? output : { type: 'json', value: output }) as ToolOutput;
}

/** Ids and names are texts; if one is not, the provider will say so. */
function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function hasContent({ content }: ModelMessage): boolean {
  return content.length > 0;
}
