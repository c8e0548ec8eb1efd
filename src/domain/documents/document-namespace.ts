import { utf8Length } from '../../shared/bytes.ts';
import { invalid } from '../../shared/error.ts';

/**
 * A namespace as one string, for use in keys:
 *
 *   namespace = *( label "/" )
 *   label     = any text in which "%" is written "%25" and "/" is written "%2F"
 *
 * Different namespaces have different strings; that of the empty namespace is empty.
 */
export function encodeNamespace(labels: readonly string[], path = 'namespace'): string {
  if (!Array.isArray(labels)) throw invalid(path, 'must be an array of labels');
  let text = '';
  for (const [i, label] of labels.entries()) {
    const isLabel = typeof label === 'string' && label.isWellFormed();
    if (!isLabel) throw invalid(`${path}.${i}`, 'must be a well-formed string');
    text += `${label.replaceAll('%', '%25').replaceAll('/', '%2F')}/`;
  }
  mustBytes(text, path, namespaceBytesMax);
  return text;
}

export function decodeNamespace(text: string): string[] {
  const labels = text.split('/').slice(0, -1);
  return labels.map((label) => label.replaceAll('%2F', '/').replaceAll('%25', '%'));
}

/** The namespace and all its prefixes, the empty one first. */
export function prefixesOf(namespace: string): string[] {
  const prefixes = [''];
  for (let end = namespace.indexOf('/'); end >= 0; end = namespace.indexOf('/', end + 1)) {
    prefixes.push(namespace.slice(0, end + 1));
  }
  return prefixes;
}

/** Checks a document's key or a vector's field. */
export function mustDocumentKey(key: unknown, path: string): string {
  if (typeof key !== 'string' || !key.isWellFormed()) {
    throw invalid(path, 'must be a well-formed string');
  }
  mustBytes(key, path, keyBytesMax);
  return key;
}

// Together they stay below the key length that every engine accepts.
const namespaceBytesMax = 768;
const keyBytesMax = 512;

function mustBytes(text: string, path: string, bytesMax: number): void {
  if (text.length * 3 <= bytesMax) return;
  const bytes = utf8Length(text);
  if (bytes > bytesMax) throw invalid(path, `must have at most ${bytesMax} bytes, not ${bytes}`);
}
