/**
 * The inverse of `fold-chunks.ts`: chunks that produce these parts. A continued answer, for
 * instance after an approval, begins with parts that its stream does not hold; a reader gets them
 * as chunks from here. A test folds them and compares.
 */
import { isObject, type JsonValue, type TaggedJson } from './json.ts';
import { toDataMention } from './mention-data.ts';

/** Parts of kinds that no chunk produces are left out. */
export function unfoldParts(parts: readonly TaggedJson[]): TaggedJson[] {
  return parts.flatMap((part, i) => unfoldPart(part, `part-${i}`));
}

function unfoldPart(part: TaggedJson, newId: string): TaggedJson[] {
  const { type } = part;
  if (type === 'step-start') return [{ type: 'start-step' }];
  if (type === 'text' || type === 'reasoning') return unfoldText(part, type, newId);
  if (type === 'dynamic-tool' || type.startsWith('tool-')) return unfoldTool(part);
  if (type === 'mention') return [toDataMention(part)];
  return type.startsWith('data-') || copied.has(type) ? [part] : [];
}

const copied: ReadonlySet<string> = new Set([
  'file',
  'reasoning-file',
  'source-url',
  'source-document',
  'steering-message',
  'custom',
]);

function unfoldText(part: TaggedJson, type: 'text' | 'reasoning', newId: string): TaggedJson[] {
  const id = typeof part.id === 'string' ? part.id : newId;
  const metadata = some({ providerMetadata: part.providerMetadata });
  const citations = type === 'text' ? some({ citations: part.citations }) : {};
  return [
    { type: `${type}-start`, id, ...metadata },
    { type: `${type}-delta`, id, delta: part.text ?? '' },
    ...(part.state === 'streaming' ? [] : [{ type: `${type}-end`, id, ...citations }]),
  ];
}

function unfoldTool(part: TaggedJson): TaggedJson[] {
  const { toolCallId = '', input = null, state } = part;
  const isDynamic = part.type === 'dynamic-tool';
  const toolName = (isDynamic ? part.toolName : part.type.slice('tool-'.length)) ?? '';
  const { title, toolMetadata, providerExecuted, inputEncoding } = part;
  const call = {
    ...{ toolCallId, toolName },
    ...some({ title, toolMetadata, providerExecuted, inputEncoding }),
    ...some({ providerMetadata: part.callProviderMetadata }),
    ...(isDynamic && { dynamic: true }),
  };
  if (state === 'input-streaming') {
    const delta = part.rawInput ?? '';
    return [
      { type: 'tool-input-start', ...call },
      ...(delta === '' ? [] : [{ type: 'tool-input-delta', toolCallId, inputTextDelta: delta }]),
    ];
  }
  const asked = unfoldApproval(part.approval, toolCallId);
  return [{ type: 'tool-input-available', ...call, input }, ...asked, ...unfoldOutput(part)];
}

function unfoldApproval(approval: JsonValue | undefined, toolCallId: JsonValue): TaggedJson[] {
  if (!isObject(approval)) return [];
  const { id: approvalId = '', approved, reason } = approval;
  const { isAutomatic, signature, inputSchemaInput } = approval;
  const request: TaggedJson = {
    ...{ type: 'tool-approval-request', approvalId, toolCallId },
    ...some({ isAutomatic, signature, inputSchemaInput }),
    ...some({ approvalDescriptor: approval.descriptor, reason: approval.requestReason }),
  };
  if (approved === undefined) return [request];
  return [request, { type: 'tool-approval-response', approvalId, approved, ...some({ reason }) }];
}

function unfoldOutput(part: TaggedJson): TaggedJson[] {
  const { toolCallId = '', providerExecuted, preliminary } = part;
  const about = {
    ...{ toolCallId },
    ...some({ providerExecuted, providerMetadata: part.resultProviderMetadata }),
    ...(part.type === 'dynamic-tool' && { dynamic: true }),
  };
  switch (part.state) {
    case 'output-available':
      return [
        {
          type: 'tool-output-available',
          ...about,
          output: part.output ?? null,
          ...some({ preliminary }),
        },
      ];
    case 'output-error':
      return [{ type: 'tool-output-error', ...about, errorText: part.errorText ?? '' }];
    case 'output-denied':
      return [{ type: 'tool-output-denied', toolCallId }];
    default:
      return [];
  }
}

/** Removes the fields without a value. */
function some(fields: Record<string, JsonValue | undefined>): Record<string, JsonValue> {
  const known: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) known[name] = value;
  return known;
}
