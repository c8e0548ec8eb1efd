/** What is encoded: the object that the bytes stand for, and what else they depend on. */
type EncodedKey = readonly [object: object, name: string];

/**
 * Encodes a value once for all who send the same, who then share its bytes. They are kept for as
 * long as the object that they stand for. `keyOf` gives `undefined` for a value of one reader.
 */
export function encodeOnce<T>(
  encode: (value: T) => string,
  keyOf: (value: T) => EncodedKey | undefined,
): (value: T) => Uint8Array {
  const known = new WeakMap<object, Map<string, Uint8Array>>();
  return (value) => {
    const key = keyOf(value);
    if (key === undefined) return encoder.encode(encode(value));
    const [object, name] = key;
    let named = known.get(object);
    if (named === undefined) known.set(object, (named = new Map<string, Uint8Array>()));
    let bytes = named.get(name);
    if (bytes === undefined) named.set(name, (bytes = encoder.encode(encode(value))));
    return bytes;
  };
}

const encoder = new TextEncoder();
