import type { Part } from '../../../api/item.ts';
import type { Care } from './care.ts';
import type { Dialect } from './dialect.ts';
import { toBase64 } from '../../../shared/bytes.ts';
import { isFilePart, linkToFetch, type FetchedFiles } from './prompt-file.ts';

/** Downloads a file; rejects if it cannot. */
export type Download = (request: {
  url: URL;
  abortSignal?: AbortSignal;
}) => Promise<{ data: Uint8Array; mediaType: string | undefined }>;

/** The links of files in users' messages that have to be downloaded for a provider. */
export function linksIn(
  items: readonly { readonly parts: readonly Part[] }[],
  dialect: Dialect,
  care: Care,
): string[] {
  const parts = items.flatMap((item) => item.parts).filter(isFilePart);
  const links = parts.flatMap((part) => linkToFetch(part, dialect, care !== 'usual') ?? []);
  return [...new Set(links)].slice(-filesMax);
}

/** Older ones are noted as not fetched. */
const filesMax = 20;

/** Downloads files, as data URLs. One that cannot be had breaks nothing. */
export async function fetchFiles(
  links: readonly string[],
  download: Download,
  signal: AbortSignal | undefined,
): Promise<FetchedFiles> {
  const fetched = links.map(
    async (link) => [link, await fetchFile(link, download, signal)] as const,
  );
  return new Map(await Promise.all(fetched));
}

async function fetchFile(
  link: string,
  download: Download,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(timeoutMs);
  const abortSignal = signal ? AbortSignal.any([signal, limit]) : limit;
  try {
    const { data, mediaType = '' } = await download({ url: new URL(link), abortSignal });
    return `data:${mediaType.split(';')[0]!.trim()};base64,${toBase64(data)}`;
  } catch {
    // Whatever the reason, the model gets a note in its place.
    return undefined;
  }
}

const timeoutMs = 15_000;
