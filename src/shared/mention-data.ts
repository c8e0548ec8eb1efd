import { isObject, type TaggedJson } from './json.ts';
import { toMention } from './mentions.ts';

const dataMention = 'data-mention';

/**
 * A mention as a part of the AI SDK's messages, which have no such kind but data parts of any name.
 * Other parts are returned as they are.
 */
export function toDataMention<Each extends TaggedJson>(part: Each): Each {
  if (part.type !== 'mention' || toMention(part) === undefined) return part;
  const { type: _type, ...data } = part;
  return { type: dataMention, data } as unknown as Each; // a part of another kind
}

/** The inverse. A data part that an application has under this name for something else stays. */
export function fromDataMention<Each extends TaggedJson>(part: Each): Each {
  const { type, data, ...rest } = part;
  if (type !== dataMention || !isObject(data) || Object.keys(rest).length > 0) return part;
  const mention = { ...data, type: 'mention' };
  const isMention = data.type === undefined && toMention(mention) !== undefined;
  return isMention ? (mention as unknown as Each) : part; // a part of another kind
}
