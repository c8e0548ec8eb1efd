import { toBase64 } from '../../../shared/bytes.ts';
import { isObject, type JsonObject } from '../../../shared/json.ts';
import type { Part } from '../../../api/item.ts';
import { followsLink, takesKind, type Dialect } from './dialect.ts';

/** A file that was downloaded, as a data URL; `undefined` if it could not be. */
export type FetchedFiles = ReadonlyMap<string, string | undefined>;

interface FileRules {
  /** Absent if the provider is not known and may take anything. */
  readonly dialect: Dialect | undefined;
  /** The kinds that may stand in this place. */
  readonly kinds: readonly string[] | undefined;
  readonly fetched: FetchedFiles;
}

/** What a model gets of a file: the file, its text, or a note in its place. */
export type PromptFile =
  | { readonly type: 'file'; readonly mediaType: string; readonly url: string }
  | { readonly type: 'reference'; readonly mediaType: string; readonly reference: JsonObject }
  | { readonly type: 'text'; readonly text: string };

/**
 * What a model gets of a stored part that is a file. Files are stored as they were given, so their
 * addresses may lead nowhere, their contents may not be what they are called, and this model may
 * not take their kind: then the model gets a short note.
 */
export function toPromptFile(part: Part, rules: FileRules): PromptFile {
  const { dialect, kinds } = rules;
  const reference = referenceOf(part, dialect);
  const mediaType = mediaTypeOf(part);
  if (kinds?.length === 0 && !isText(mediaType)) return note(part, notTaken);
  if (reference) return { type: 'reference', mediaType, reference };
  const source = sourceOf(part);
  if (source === undefined) return note(part, unreadable);
  if (!isLink(source)) return fromData(part, source, rules);
  if (dialect === undefined) return linked(mediaType, source);
  if (rules.fetched.has(source)) {
    const data = rules.fetched.get(source);
    return data === undefined ? note(part, notFetched) : fromData(part, data, rules);
  }
  if (!followsLink(dialect, mediaType, source)) return note(part, notFetched);
  return linked(mediaType, source);
}

function linked(mediaType: string, url: string): PromptFile {
  return { type: 'file', mediaType: mediaType.replace(/\/$/, ''), url };
}

/** The link of a file that has to be downloaded for this provider. */
export function linkToFetch(part: Part, { links }: Dialect, isEvery: boolean): string | undefined {
  const url = sourceOf(part);
  if (url === undefined || !isLink(url)) return undefined;
  const dialect = { links } as Dialect; // only its links are looked at
  return isEvery || !followsLink(dialect, mediaTypeOf(part), url) ? url : undefined;
}

export function isFilePart({ type }: Part): boolean {
  return type === 'file' || type === 'image';
}

/** A note in the place of something that the model does not get. */
export function noteOf(what: string, why: string): string {
  return `[${what} was here. ${why}]`;
}

const unreadable = 'Its address cannot be read.';
const notFetched = 'It could not be fetched.';
const broken = 'Its content cannot be read.';
const notTaken = 'This model does not take files of its kind.';

function note(part: Part, why: string): PromptFile {
  const { filename, name } = part;
  const known = [filename ?? name, part.mediaType].filter((value) => typeof value === 'string');
  const named = known.filter((value) => value !== '').map((value) => value.slice(0, nameMax));
  const what = named.length > 0 ? `A file (${named.join(', ')})` : 'A file';
  return { type: 'text', text: noteOf(what, why) };
}

const nameMax = 200;

function mediaTypeOf({ type, mediaType, mimeType }: Part): string {
  const told = mediaType ?? mimeType;
  const known = typeof told === 'string' ? told.toLowerCase().split(';')[0]!.trim() : '';
  if (known === '') return type === 'image' ? 'image/' : '';
  return known.includes('/') ? known : `${known}/`; // `image` stands for all images
}

/** The id that the provider itself gave the file. */
function referenceOf(part: Part, dialect: Dialect | undefined): JsonObject | undefined {
  const { providerReference } = part;
  if (!isObject(providerReference)) return undefined;
  const { key } = dialect ?? {};
  const isKnown = key === undefined || typeof providerReference[key] === 'string';
  return isKnown && key !== '' ? providerReference : undefined;
}

/** The link or data URL of a part, in the fields that libraries use for it. */
function sourceOf(part: Part): string | undefined {
  const { url, data, image } = part;
  const source = [url, data, image].find((value) => typeof value === 'string' && value !== '');
  if (typeof source !== 'string') return undefined;
  if (/^(https?|gs):\/\//i.test(source)) return URL.canParse(source) ? source : undefined;
  if (/^data:/i.test(source)) return source;
  // The parts of model messages have plain base64.
  const isPlain = source !== url && isBase64(source);
  return isPlain ? `data:${mediaTypeOf(part)};base64,${source}` : undefined;
}

function isLink(url: string): boolean {
  return !/^data:/i.test(url);
}

function fromData(part: Part, source: string, { dialect, kinds }: FileRules): PromptFile {
  const data = readDataUrl(source);
  if (data === undefined) return note(part, broken);
  const told = data.mediaType || mediaTypeOf(part) || 'text/plain';
  const mediaType = signatureOf(data.base64) ?? told;
  const isTaken = kinds === undefined || takesKind(kinds, mediaType);
  if (!isTaken && isText(mediaType)) return textOfFile(part, data.base64);
  if (data.base64 === '' || !hasItsSignature(mediaType, data.base64)) return note(part, broken);
  if (!isTaken || (dialect !== undefined && mediaType.endsWith('/'))) return note(part, notTaken);
  return { type: 'file', mediaType, url: `data:${mediaType};base64,${data.base64}` };
}

interface Data {
  /** Empty if the URL names none. */
  readonly mediaType: string;
  readonly base64: string;
}

function readDataUrl(url: string): Data | undefined {
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const [mediaType = '', ...options] = url.slice('data:'.length, comma).toLowerCase().split(';');
  const body = url.slice(comma + 1);
  if (!options.some((option) => option.trim() === 'base64')) {
    const bytes = percentDecoded(body);
    return bytes && { mediaType, base64: toBase64(bytes) };
  }
  const base64 = body.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/');
  return isBase64(base64) ? { mediaType, base64 } : undefined;
}

function percentDecoded(text: string): Uint8Array | undefined {
  try {
    return new TextEncoder().encode(decodeURIComponent(text));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
}

/** The kind that the first bytes tell, whatever the file is called. */
function signatureOf(base64: string): string | undefined {
  const head = Buffer.from(base64.slice(0, 64), 'base64').toString('latin1');
  return signatures.find(([pattern]) => pattern.test(head))?.[1];
}

const signatures: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^%PDF-/, 'application/pdf'],
];

/** Providers refuse a whole prompt for an image or document that is none. */
function hasItsSignature(mediaType: string, base64: string): boolean {
  if (!signatures.some(([, known]) => known === mediaType)) return true;
  return signatureOf(base64) === mediaType;
}

function isText(mediaType: string): boolean {
  return /^text\/|[/+](json|xml|yaml|x-yaml|javascript|csv|x-ndjson|sql)$/.test(mediaType);
}

function textOfFile(part: Part, base64: string): PromptFile {
  const whole = Buffer.from(base64, 'base64').toString('utf8');
  const name = part.filename ?? part.name;
  const title = typeof name === 'string' && name !== '' ? `File ${name.slice(0, nameMax)}` : 'File';
  if (whole.trim() === '') return note(part, 'It is empty.');
  const cut =
    whole.length > textMax ? `\n[${whole.length - textMax} characters are left out.]` : '';
  return { type: 'text', text: `[${title}:]\n${whole.slice(0, textMax)}${cut}` };
}

const textMax = 100_000;
