import type { NewItem, NewThread, Part, ProjectApi } from '../store-types.ts';
import { parseThreadId } from '../../shared/ids.ts';
import { isObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { cutText } from '../../shared/text.ts';
import type { Importer, ThreadJob, ThreadResult } from './importer.ts';
import { cutIntoBatches } from './item-batches.ts';
import { otherFields, parseObject } from './parse-object.ts';
import { LineError, type Line } from './read-lines.ts';

/**
 * Dialogues, one a line:
 *
 *   {"id", "scenario"?, "utterances": [{"speaker": "user" | "assistant", "text",
 *     "calls"?: [{"name", "request"?, "response"?}]}]}
 *
 * A dialogue becomes a thread with the dialogue's id, titled by the user's first words. An
 * utterance becomes an item with one text part. Each call becomes two items, the assistant's
 * `tool-call` and the tool's `tool-result`: a call's request often uses the response of the call
 * before, so they are steps in time and not parts of one message. The assistant made the calls of a
 * user's utterance after it, and those of its own utterance before it. Items are keyed by their
 * position, so a second import adds nothing. Unknown fields are kept as metadata of the thread or
 * item.
 */
export function createDialoguesImporter(project: ProjectApi): Importer {
  return {
    // oxlint-disable-next-line require-await -- a promise by contract: other formats write while they read
    async take(line): Promise<ThreadJob> {
      const thread = parseDialogue(line);
      return { line: line.number, threadId: thread.id, run: () => importThread(project, thread) };
    },
    end(): void {},
  };
}

/** The thread of a line, with all items. Throws `LineError`. */
export function parseDialogue(line: Line): NewThread & { readonly items: readonly NewItem[] } {
  const dialogue = parseObject(line);
  const check = createChecks(line);
  const id = check.threadId(dialogue.id);
  const utterances = check.objects(dialogue.utterances, 'utterances');
  const title = titleOf(utterances, dialogue.scenario);
  const metadata = otherFields(dialogue, ['id', 'utterances']);
  return {
    id,
    ...(title === '' ? {} : { title }),
    metadata: { source: 'dialogues', ...metadata },
    items: utterances.flatMap((utterance, i) => utteranceItems(utterance, i, check)),
  };
}

type Checks = ReturnType<typeof createChecks>;

function createChecks(line: Line) {
  const fail = (message: string): never => {
    throw new LineError(line.number, message);
  };
  return {
    fail,
    string: (value: JsonValue | undefined, path: string): string =>
      typeof value === 'string' ? value : fail(`${path} must be a string`),
    threadId: (value: JsonValue | undefined): string =>
      (typeof value === 'string' ? parseThreadId(value) : undefined) ??
      fail('id must be 1 to 128 letters, digits and "_", ".", ":" or "-"'),
    objects: (value: JsonValue | undefined, path: string): JsonObject[] => {
      if (!Array.isArray(value)) return fail(`${path} must be a list`);
      return value.map((entry: JsonValue, i) =>
        isObject(entry) ? entry : fail(`${path}.${i} must be an object`),
      );
    },
  };
}

function utteranceItems(utterance: JsonObject, index: number, check: Checks): NewItem[] {
  const path = `utterances.${index}`;
  const text = check.string(utterance.text, `${path}.text`);
  const { speaker } = utterance;
  if (speaker !== 'user' && speaker !== 'assistant') {
    return check.fail(`${path}.speaker must be "user" or "assistant"`);
  }
  const metadata = metadataOf(otherFields(utterance, ['speaker', 'text', 'calls']));
  const spoken: NewItem = { role: speaker, text, key: String(index), ...metadata };
  const calls =
    utterance.calls === undefined ? [] : check.objects(utterance.calls, `${path}.calls`);
  const called = calls.flatMap((call, i) => callItems(call, index, i, check));
  return speaker === 'user' ? [spoken, ...called] : [...called, spoken];
}

function callItems(call: JsonObject, utterance: number, index: number, check: Checks): NewItem[] {
  const toolName = check.string(call.name, `utterances.${utterance}.calls.${index}.name`);
  const key = `${utterance}.call.${index}`;
  const toolCallId = `call_${utterance}_${index}`;
  const toolCall: Part = { type: 'tool-call', toolCallId, toolName, input: call.request ?? null };
  const metadata = metadataOf(otherFields(call, ['name', 'request', 'response']));
  const items: NewItem[] = [{ role: 'assistant', parts: [toolCall], key, ...metadata }];
  if (call.response === undefined) return items; // the call was never answered
  const result: Part = { type: 'tool-result', toolCallId, toolName, output: call.response };
  return [...items, { role: 'tool', parts: [result], key: `${key}.result` }];
}

function metadataOf(fields: JsonObject): { metadata?: JsonObject } {
  return Object.keys(fields).length === 0 ? {} : { metadata: fields };
}

/**
 * The user's first words distinguish threads of one scenario; without any, the scenario is the
 * title.
 */
function titleOf(utterances: readonly JsonObject[], scenario: JsonValue | undefined): string {
  const said = utterances.find(({ speaker }) => speaker === 'user') ?? utterances[0];
  const candidates = [said?.text, scenario].filter((text) => typeof text === 'string');
  return candidates.map(titleText).find((text) => text !== '') ?? '';
}

function titleText(text: string): string {
  const line = text.toWellFormed().replace(unprintable, ' ').trim();
  return line.length <= titleLengthMax ? line : `${cutText(line, titleLengthMax - 1).trimEnd()}…`;
}

// oxlint-disable-next-line no-control-regex -- titles refuse control characters
const unprintable = /[\s\u0000-\u001f\u007f-\u009f]+/g;
const titleLengthMax = 80;

/**
 * Creates the thread with as many items as one commit takes, and appends the rest. Repeating it
 * adds nothing.
 */
async function importThread(
  project: ProjectApi,
  { items, ...thread }: NewThread & { readonly items: readonly NewItem[] },
): Promise<ThreadResult> {
  const [first = [], ...rest] = cutIntoBatches(items);
  const created = await project.threads.createWithOutcome({ ...thread, items: first });
  let itemsAdded = created.replayed ? 0 : first.length;
  for (const batch of rest) {
    const { replayed } = await project.items.appendWithOutcome(created.data.id, batch);
    if (!replayed) itemsAdded += batch.length;
  }
  return { created: !created.replayed, itemsAdded };
}
