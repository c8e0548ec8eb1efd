/**
 * What four providers refuse in a request, as far as it depends on the conversation: the written
 * list to which `src/adapters/ai-sdk/prompt` holds, from their references of November 2026 and
 * from reports of people whose chats broke. Each rule names the answer 400 that it stands for.
 *
 * All: a request without messages; an empty or blank text; a call of a tool without its result
 * right after it, a result without its call, one id for two calls; a name of a tool with other
 * characters than `[a-zA-Z0-9_-]` or more than 64; half a surrogate pair; an answer of the model at
 * the end.
 *
 * OpenAI: ids of calls over 40 characters; arguments that are no JSON object; images other than
 * PNG, JPEG, WebP and GIF; files other than PDF (chat completions: also WAV and MP3, and no link to
 * a PDF); references to stored items.
 *
 * Anthropic: ids with other characters than `[a-zA-Z0-9_-]`; no user's message first; the system's
 * messages between others; a thought at the end of an answer; an input that is no object.
 *
 * Google: no user's content first; the system's messages between others; two contents of one role,
 * unless one has results; GIF; arguments that are no object; another number of results than of
 * calls.
 *
 * OpenAI-compatible (strict chat templates): no user's message first; the system's messages between
 * others.
 */
export type ProviderName = 'openai' | 'openai-chat' | 'anthropic' | 'google' | 'compatible';

type Json = { readonly [key: string]: unknown };

/** The rules that a request breaks. */
export function refusalsOf(provider: ProviderName, text: string): string[] {
  const body = JSON.parse(text) as Json;
  const found = [...(hasHalfPair(body) ? ['half a surrogate pair'] : [])];
  switch (provider) {
    case 'anthropic':
      return [...found, ...refusalsOfAnthropic(body)];
    case 'google':
      return [...found, ...refusalsOfGoogle(body)];
    case 'openai':
      return [...found, ...refusalsOfResponses(body)];
    case 'openai-chat':
    case 'compatible':
      return [...found, ...refusalsOfChat(body, provider === 'compatible')];
  }
}

function hasHalfPair(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => hasHalfPair(key) || hasHalfPair(inner));
}

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const isBlank = (value: unknown): boolean => typeof value !== 'string' || value.trim() === '';
const isPlainObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function badName(name: unknown): string[] {
  const isGood = typeof name === 'string' && /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/.test(name);
  return isGood ? [] : [`the name of a tool: ${String(name)}`];
}

function badId(id: unknown, pattern: RegExp): string[] {
  return typeof id === 'string' && pattern.test(id) ? [] : [`the id of a call: ${String(id)}`];
}

function badArguments(text: unknown): string[] {
  try {
    const value: unknown = JSON.parse(String(text));
    return isPlainObject(value) ? [] : ['arguments that are no object'];
  } catch {
    return ['arguments that are no JSON'];
  }
}

/** Calls and results by message: each message with calls is followed by exactly their results. */
function badPairs(turns: readonly { calls: unknown[]; results: unknown[] }[]): string[] {
  const found: string[] = [];
  const ids = turns.flatMap(({ calls }) => calls);
  if (new Set(ids).size < ids.length) found.push('one id for two calls');
  let open: unknown[] = [];
  for (const { calls, results } of turns) {
    const given = [...results].toSorted().join(' ');
    if (given !== open.toSorted().join(' '))
      found.push(`results (${given}) of (${open.join(' ')})`);
    open = calls;
  }
  if (open.length > 0) found.push(`no results of (${open.join(' ')})`);
  return found;
}

const chatCallId = /^[^]{1,40}$/;
const imageTypes = /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+={0,2}$/;

function badChatContent(content: unknown): string[] {
  if (typeof content === 'string') return isBlank(content) ? ['a blank text'] : [];
  const parts = listOf(content);
  if (parts.length === 0) return ['content: []'];
  return parts.flatMap((part) => {
    if (part.type === 'text') return isBlank(part.text) ? ['a blank text'] : [];
    if (part.type === 'image_url') return badImageUrl((part.image_url as Json).url);
    if (part.type === 'file') {
      return badData((part.file as Json).file_data, /^data:application\/pdf;base64,JVBERi/);
    }
    return [];
  });
}

function badImageUrl(url: unknown): string[] {
  if (typeof url === 'string' && /^https?:\/\//.test(url)) return [];
  return badData(url, imageTypes);
}

function badData(data: unknown, pattern: RegExp): string[] {
  return typeof data === 'string' && pattern.test(data)
    ? []
    : [`a file: ${String(data).slice(0, 60)}`];
}

function refusalsOfChat(body: Json, isStrict: boolean): string[] {
  const messages = listOf(body.messages);
  if (messages.length === 0) return ['no messages'];
  const found = messages.flatMap((message) => {
    const calls = listOf(message.tool_calls);
    const isSilent = message.role === 'assistant' && calls.length > 0 && message.content === null;
    const named = calls.flatMap((call) => {
      const { name, arguments: given } = call.function as Json;
      const id = isStrict ? /^[^]{1,128}$/ : chatCallId;
      return [...badId(call.id, id), ...badName(name), ...badArguments(given)];
    });
    return [
      ...(isSilent || message.role === 'tool' ? [] : badChatContent(message.content)),
      ...named,
    ];
  });
  found.push(...badPairs(turnsOfChat(messages)));
  const said = messages.filter(({ role }) => role !== 'system');
  if (!['user', 'tool'].includes(String(said.at(-1)?.role))) found.push('an answer at the end');
  if (!isStrict) return found;
  if (said[0]?.role !== 'user') found.push('no user first');
  const last = messages.findLastIndex(({ role }) => role === 'system');
  if (messages.slice(0, last + 1).some(({ role }) => role !== 'system'))
    found.push('system between');
  return found;
}

function turnsOfChat(messages: readonly Json[]): { calls: unknown[]; results: unknown[] }[] {
  const turns: { calls: unknown[]; results: unknown[] }[] = [];
  let isResult = false;
  for (const message of messages) {
    if (message.role !== 'tool') {
      // The results that followed the calls before are collected in the next turn.
      if (!isResult) turns.push({ calls: [], results: [] });
      turns.at(-1)!.calls = listOf(message.tool_calls).map(({ id }) => id);
      isResult = false;
      if (turns.at(-1)!.calls.length > 0) {
        turns.push({ calls: [], results: [] });
        isResult = true;
      }
    } else if (isResult) turns.at(-1)!.results.push(message.tool_call_id);
    else turns.push({ calls: [], results: [message.tool_call_id] });
  }
  return turns;
}

function refusalsOfResponses(body: Json): string[] {
  const input = listOf(body.input);
  if (input.length === 0) return ['no input'];
  const found = input.flatMap((item) => {
    if (item.type === 'item_reference') return ['a reference to a stored item'];
    if (item.type === 'function_call') {
      const { call_id: id, name, arguments: given } = item;
      return [...badId(id, chatCallId), ...badName(name), ...badArguments(given)];
    }
    if (item.role === undefined) return [];
    if (typeof item.content === 'string') return isBlank(item.content) ? ['a blank text'] : [];
    const parts = listOf(item.content);
    if (parts.length === 0) return ['content: []'];
    return parts.flatMap((part) => {
      if (part.type === 'input_text') return isBlank(part.text) ? ['a blank text'] : [];
      if (part.type === 'input_image') return badImageUrl(part.image_url);
      if (part.type !== 'input_file' || typeof part.file_url === 'string') return [];
      return badData(part.file_data, /^data:application\/pdf;base64,JVBERi/);
    });
  });
  const calls = input.filter(({ type }) => type === 'function_call').map((item) => item.call_id);
  const outputs = input.filter(({ type }) => type === 'function_call_output');
  const results = outputs.map((item) => item.call_id);
  found.push(
    ...badPairs([
      { calls, results: [] },
      { calls: [], results },
    ]),
  );
  if (input.at(-1)?.role === 'assistant') found.push('an answer at the end');
  return found;
}

const strictId = /^[a-zA-Z0-9_-]{1,64}$/;

function refusalsOfAnthropic(body: Json): string[] {
  const messages = listOf(body.messages);
  if (messages[0]?.role !== 'user') return ['no user first'];
  const found = listOf(body.system).flatMap(({ text }) => (isBlank(text) ? ['a blank text'] : []));
  if (messages.at(-1)?.role !== 'user') found.push('an answer at the end');
  for (const { role, content } of messages) {
    const blocks = listOf(content);
    if (role === 'system') found.push('system between');
    if (blocks.length === 0) found.push('content: []');
    if (String(blocks.at(-1)?.type).endsWith('thinking')) found.push('a thought at the end');
    found.push(...blocks.flatMap(badBlock));
  }
  const turns = messages.map(({ content }) => {
    const blocks = listOf(content);
    return {
      calls: blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id),
      results: blocks
        .filter(({ type }) => type === 'tool_result')
        .map((block) => block.tool_use_id),
    };
  });
  return [...found, ...badPairs(turns)];
}

function badBlock(block: Json): string[] {
  switch (block.type) {
    case 'text':
      return isBlank(block.text) ? ['a blank text'] : [];
    case 'tool_use':
      return [
        ...badId(block.id, strictId),
        ...badName(block.name),
        ...(isPlainObject(block.input) ? [] : ['an input that is no object']),
      ];
    case 'tool_result': {
      const { content } = block;
      if (typeof content === 'string') return [];
      return listOf(content).length === 0 ? ['content: []'] : listOf(content).flatMap(badBlock);
    }
    case 'image':
    case 'document': {
      const { type, media_type: mediaType, data, url } = block.source as Json;
      if (type === 'url') return badImageUrl(url);
      if (type === 'text') return isBlank(data) ? ['a blank text'] : [];
      return badData(`data:${String(mediaType)};base64,${String(data)}`, anthropicFile);
    }
    default:
      return [];
  }
}

const anthropicFile =
  /^data:(image\/(png|jpeg|webp|gif)|application\/pdf);base64,[A-Za-z0-9+/]+={0,2}$/;

function refusalsOfGoogle(body: Json): string[] {
  const contents = listOf(body.contents);
  if (contents[0]?.role !== 'user') return ['no user first'];
  const found: string[] = [];
  if (contents.at(-1)?.role !== 'user') found.push('an answer at the end');
  const turns = contents.map(({ parts }) => {
    const list = listOf(parts);
    if (list.length === 0) found.push('parts: []');
    found.push(...list.flatMap(badGooglePart));
    return {
      calls: list.flatMap((part) => (part.functionCall as Json | undefined)?.id ?? []),
      results: list.flatMap((part) => (part.functionResponse as Json | undefined)?.id ?? []),
    };
  });
  contents.forEach(({ role }, i) => {
    const isSecond = role === contents[i - 1]?.role;
    const hasResults = turns[i]!.results.length > 0 || turns[i - 1]?.results.length;
    if (isSecond && !hasResults) found.push('two contents of one role');
  });
  return [...found, ...badPairs(turns)];
}

function badGooglePart(part: Json): string[] {
  const { text, functionCall, functionResponse, inlineData } = part;
  if (functionCall !== undefined) {
    const { name, args } = functionCall as Json;
    return [...badName(name), ...(isPlainObject(args) ? [] : ['args that are no object'])];
  }
  if (functionResponse !== undefined) return badName((functionResponse as Json).name);
  if (inlineData !== undefined) {
    const { mimeType, data } = inlineData as Json;
    const isKnown = /^(image\/(png|jpeg|webp|heic|heif)|audio\/|video\/|text\/|application\/pdf)/;
    return isKnown.test(String(mimeType)) && !isBlank(data) ? [] : [`a file: ${String(mimeType)}`];
  }
  // A thought may have only its signature.
  const isKnown = part.fileData !== undefined || part.thoughtSignature !== undefined;
  return !isKnown && isBlank(text) ? ['a blank text'] : [];
}
