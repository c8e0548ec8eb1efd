import { utf8Length } from '../../shared/bytes.ts';
import { invalid } from '../../shared/error.ts';
import type {
  CheckpointKey,
  CheckpointPut,
  CheckpointWrite,
  Packed,
} from '../../api/checkpoint.ts';
import type { HashedValue } from './element-store.ts';
import { hashOf, weightOf } from './packed.ts';
import { inlinePointer, type ValuePointer } from './value-pointer.ts';

/** The new value of a channel, with everything that can be known without reading the thread. */
export type PreparedValue =
  | { readonly kind: 'inline'; readonly pointer: ValuePointer }
  | { readonly kind: 'whole'; readonly value: HashedValue }
  | { readonly kind: 'list'; readonly elements: readonly (number | HashedValue)[] };

export interface PreparedPut {
  readonly input: CheckpointPut;
  readonly values: ReadonlyMap<string, PreparedValue>;
  /** Whether it names elements by ids learned earlier. */
  readonly usesIds: boolean;
  /** The approximate number of bytes that it writes. */
  readonly weight: number;
}

export async function preparePut(input: CheckpointPut): Promise<PreparedPut> {
  mustCheckpointKey(input);
  if (input.parentId !== undefined) mustKeyText(input.parentId, 'parentId', idBytesMax);
  for (const channel of input.channels) mustKeyText(channel, 'channels', channelBytesMax, true);
  let weight = 1000 + weightOf(input.content) + weightOf(input.metadata);
  let usesIds = false;
  const prepared = await Promise.all(
    [...input.values].map(async ([channel, value]) => {
      if (value.kind === 'whole') {
        weight += weightOf(value.value);
        return [channel, await prepareWhole(value.value)] as const;
      }
      const fresh = value.elements.filter((element) => typeof element !== 'number');
      usesIds ||= fresh.length < value.elements.length;
      for (const element of fresh) weight += weightOf(element);
      const hashes = (await Promise.all(fresh.map(hashed))).values();
      const elements = value.elements.map((element) => {
        // There is one for each new element.
        return typeof element === 'number' ? element : hashes.next().value!;
      });
      return [channel, { kind: 'list', elements } satisfies PreparedValue] as const;
    }),
  );
  return { input, values: new Map(prepared), usesIds, weight };
}

async function prepareWhole(value: Packed): Promise<PreparedValue> {
  const pointer = inlinePointer(value);
  if (pointer !== undefined) return { kind: 'inline', pointer };
  return { kind: 'whole', value: await hashed(value) };
}

async function hashed(value: Packed): Promise<HashedValue> {
  return { value, hash: await hashOf(value) };
}

const namespaceBytesMax = 1024;
const idBytesMax = 256;
const channelBytesMax = 512;

export function mustCheckpointKey({ namespace, id }: CheckpointKey): void {
  mustKeyText(namespace, 'namespace', namespaceBytesMax, true);
  mustKeyText(id, 'id', idBytesMax);
}

export function mustWrite({ taskId, channel, index }: CheckpointWrite): void {
  mustKeyText(taskId, 'taskId', idBytesMax, true);
  mustKeyText(channel, 'channel', channelBytesMax, true);
  if (!Number.isSafeInteger(index)) throw invalid('index', 'must be a whole number');
}

/** Strings that are part of keys: every engine stores and orders them, some only up to a length. */
function mustKeyText(text: unknown, path: string, bytesMax: number, mayBeEmpty = false): void {
  if (typeof text !== 'string') throw invalid(path, 'must be a string');
  if (text === '' && !mayBeEmpty) throw invalid(path, 'must not be empty');
  if (!text.isWellFormed()) throw invalid(path, 'must not contain lone surrogates');
  if (text.length * 3 <= bytesMax) return;
  const bytes = utf8Length(text);
  if (bytes > bytesMax) throw invalid(path, `must be at most ${bytesMax} bytes, not ${bytes}`);
}
