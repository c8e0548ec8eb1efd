/** How a tool call becomes a part of the answer. */
import type { JsonValue } from '../../shared/json.ts';
import { isToolPart } from '../../shared/parts.ts';
import type { Chunk } from '../../api/responder.ts';
import { isPresent, type DraftFields, type DraftPart, type PartList } from './part-list.ts';

/**
 * What a chunk says about a tool call. A value that it lacks is removed, unless noted otherwise.
 */
export interface ToolValues {
  readonly isDynamic: boolean;
  readonly toolCallId: string;
  readonly toolName: string;
  readonly state: string;
  readonly input?: JsonValue | undefined;
  readonly inputEncoding?: JsonValue | undefined;
  readonly output?: JsonValue | undefined;
  readonly rawInput?: JsonValue | undefined;
  readonly errorText?: JsonValue | undefined;
  readonly preliminary?: JsonValue | undefined;
  /** A chunk without these four leaves them unchanged. */
  readonly title?: JsonValue | undefined;
  readonly toolMetadata?: JsonValue | undefined;
  readonly providerExecuted?: JsonValue | undefined;
  readonly providerMetadata?: JsonValue | undefined;
}

type Call = Pick<ToolValues, 'isDynamic' | 'toolCallId' | 'toolName'>;

export function callOf({ toolCallId, toolName, dynamic }: Chunk): Call | undefined {
  if (typeof toolCallId !== 'string' || typeof toolName !== 'string') return undefined;
  return { isDynamic: dynamic === true, toolCallId, toolName };
}

/** The call in the current step, else the newest one before. */
export function findCall(list: PartList, toolCallId: JsonValue | undefined): DraftPart | undefined {
  const fits = (part: DraftFields): boolean => isToolPart(part) && part.toolCallId === toolCallId;
  return list.findInStep(fits) ?? list.findLast(fits);
}

/** A text, empty where there is none. */
export function stringOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function toolNameOf(fields: DraftFields): string {
  return fields.type === 'dynamic-tool' ? stringOf(fields.toolName) : fields.type.slice(5);
}

/** Writes to the call's part in the current step, creating it if necessary. */
export function writeInStep(list: PartList, values: ToolValues): DraftPart {
  const { isDynamic, toolCallId } = values;
  const known = list.findInStep(
    (part) =>
      part.toolCallId === toolCallId &&
      (isDynamic ? part.type === 'dynamic-tool' : part.type.startsWith('tool-')),
  );
  const part = known ?? list.push({ type: 'dynamic-tool', toolCallId });
  writeTo(list, part, values);
  // The SDK sets the raw input of a dynamic call from its second chunk in a step on.
  if (known === undefined && isDynamic) part.fields.rawInput = undefined;
  return part;
}

export function writeTo(list: PartList, part: DraftPart, values: ToolValues): void {
  const { fields } = part;
  part.settle = undefined;
  if (values.isDynamic) fields.toolName = values.toolName;
  else fields.type = `tool-${values.toolName}`;
  const { state, input, output, errorText, rawInput, preliminary } = values;
  Object.assign(fields, { state, input, output, errorText, rawInput, preliminary });
  fields.inputEncoding = values.inputEncoding ?? undefined;
  fields.title = values.title ?? fields.title;
  fields.toolMetadata = values.toolMetadata ?? fields.toolMetadata;
  fields.providerExecuted = values.providerExecuted ?? fields.providerExecuted;
  if (isPresent(values.providerMetadata)) {
    const isResult = state === 'output-available' || state === 'output-error';
    fields[isResult ? 'resultProviderMetadata' : 'callProviderMetadata'] = values.providerMetadata;
  }
  list.touch(part);
}
