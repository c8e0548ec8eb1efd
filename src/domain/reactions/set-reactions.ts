import type { NewReaction, Reaction } from '../../api/reaction.ts';
import { invalid } from '../../shared/error.ts';
import { parseEmoji } from '../../shared/emoji.ts';
import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnownKeys } from '../../shared/validate.ts';
import { authorize, mustTarget, mustUserId } from '../access/authorize.ts';
import type { Reading, Writing } from '../base/core.ts';
import { mustItemInDraft, mustShownItem } from '../items/annotated-item.ts';
import { presentReaction } from '../items/shown-reactions.ts';
import { joinInDraft } from '../participants/join-and-leave.ts';
import { addReaction, removeReaction } from './reaction-rows.ts';

/** See `ReactionsApi.add`. */
export function addReactions(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewReaction[],
): Promise<Reaction[]> {
  return eachReaction(reading, threadId, inputs, async (writing, userId, { itemId, emoji }) => {
    const item = await mustShownItem(writing, itemId);
    // Who reacts in public takes part, as who writes does.
    if (writing.draft.head.mode === 'public') await joinInDraft(writing, userId);
    const row = await addReaction(writing, { item, emoji, userId });
    return presentReaction(row, true);
  });
}

/** See `ReactionsApi.remove`. */
export async function removeReactions(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewReaction[],
): Promise<void> {
  await eachReaction(reading, threadId, inputs, async (writing, userId, { itemId, emoji }) => {
    const item = await mustItemInDraft(writing, itemId);
    await removeReaction(writing, { item, emoji, userId });
  });
}

/** How many reactions one call may set. */
const reactionsMax = 100;
const knownKeys: ReadonlySet<string> = new Set<keyof NewReaction>(['itemId', 'emoji']);

async function eachReaction<T>(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewReaction[],
  step: (writing: Writing, userId: string, reaction: NewReaction) => Promise<T>,
): Promise<T[]> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  if (!Array.isArray(inputs) || inputs.length > reactionsMax) {
    throw invalid('reactions', `must be an array of at most ${reactionsMax} reactions`);
  }
  const prepared = inputs.map(prepare);
  if (prepared.length === 0) return [];
  return core.writer.write(thread, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'react');
    const done: T[] = [];
    for (const reaction of prepared) done.push(await step(writing, userId, reaction));
    return done;
  });
}

function prepare(input: NewReaction, i: number): NewReaction {
  mustKnownKeys(input, knownKeys, `reactions.${i}`);
  return { itemId: input.itemId, emoji: mustEmoji(input.emoji, `reactions.${i}.emoji`) };
}

/** An emoji in its one form. */
export function mustEmoji(value: unknown, path: string): string {
  const emoji = parseEmoji(value);
  if (emoji !== undefined) return emoji;
  throw invalid(path, 'must be one emoji, or a short name in colons such as :party-parrot:');
}
