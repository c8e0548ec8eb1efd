import { isObject, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import { toMention } from '../../../shared/mentions.ts';
import type { Part } from '../../../store/index.ts';

/**
 * The part that shows a block of a message's content. Images and other files become file parts,
 * whichever of LangChain's, OpenAI's or Anthropic's forms they have. A block of an unknown kind is
 * kept whole, since kinds of the same name may need other fields.
 */
export function partOfBlock(block: JsonValue): Part {
  if (typeof block === 'string') return { type: 'text', text: block };
  if (!isObject(block)) return { type: 'langchain-block', block };
  const { type, text, reasoning } = block;
  if (type === 'text' && typeof text === 'string') return { ...block, type: 'text', text };
  if (type === 'reasoning' && typeof reasoning === 'string') {
    return { ...block, type: 'reasoning', text: reasoning };
  }
  if (type === 'mention') {
    const mention = { ...block, type };
    if (toMention(mention)) return mention;
  }
  const file = fileOf(block);
  return file === undefined ? { type: 'langchain-block', block } : { type: 'file', ...file };
}

interface FileFields {
  readonly mediaType: string;
  readonly url: string;
  readonly filename?: string;
}

function fileOf(block: JsonObject): FileFields | undefined {
  switch (block.type) {
    case 'image_url': {
      const { image_url: url = null } = block;
      return fromSource('image/*', isObject(url) ? url : { url });
    }
    case 'input_audio':
      return isObject(block.input_audio) ? fromAudio(block.input_audio) : undefined;
    case 'image':
    case 'audio':
    case 'video':
      return fromSource(`${block.type}/*`, isObject(block.source) ? block.source : block);
    case 'document':
    case 'file':
      return fromSource('application/octet-stream', innerFile(block));
    default:
      return undefined;
  }
}

/** OpenAI puts the fields of a file into `file`, Anthropic into `source`. */
function innerFile(block: JsonObject): JsonObject {
  if (isObject(block.file)) {
    const { file_data: url, filename } = block.file;
    return { ...(url !== undefined && { url }), ...(filename !== undefined && { filename }) };
  }
  return isObject(block.source) ? { title: block.title ?? null, ...block.source } : block;
}

function fromAudio({ data, format }: JsonObject): FileFields | undefined {
  const mediaType = typeof format === 'string' ? `audio/${format}` : 'audio/*';
  return fromSource(mediaType, { data: data ?? null });
}

/** `defaultType` is the media type of a source that does not say it. */
function fromSource(defaultType: string, source: JsonObject): FileFields | undefined {
  const { url, data } = source;
  const said = [source.mimeType, source.mime_type, source.media_type].find(isText);
  const inData = isText(url) ? /^data:([^;,]+)/.exec(url)?.[1] : undefined;
  const mediaType = said ?? inData ?? defaultType;
  const name = [source.filename, source.name, source.title].find(isText);
  const filename = name === undefined ? {} : { filename: name };
  if (isText(url)) return { mediaType, url, ...filename };
  if (isText(data)) return { mediaType, url: `data:${mediaType};base64,${data}`, ...filename };
  return undefined;
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
