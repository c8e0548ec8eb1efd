import type { Item, NewItem } from '../../../src/api/item.ts';
import type { AnswerRule } from '../../../src/api/participation.ts';
import type { Responder } from '../../../src/api/responder.ts';
import { asks } from '../../../src/records/tables.ts';
import { until } from '../shared/waits-for-testing.ts';
import { openKit, settled, textIn, type StoreKit } from '../store/store-kit-for-testing.ts';
import { scripted, textChunks } from './responders-for-testing.ts';
import { sourceOf } from './source-for-testing.ts';

export type Respond = Parameters<typeof scripted>[0];

/** An agent of the configuration with a scripted answer. */
export function agent(
  name: string,
  respond: Respond = () => textChunks(`I am ${name}.`),
): Responder {
  return { ...scripted(respond, name), kind: 'agent' };
}

/** A store whose configuration has these responders. */
export function kitOf(...agents: readonly Responder[]): Promise<StoreKit> {
  return openKit({ responders: sourceOf(...agents), clock: Date.now });
}

/** A group of the owner, of `other`, and of agents by their rules. */
export async function groupOf(
  kit: StoreKit,
  agents: Readonly<Record<string, AnswerRule>>,
  people: readonly string[] = ['other'],
): Promise<string> {
  const thread = await kit.thread({
    mode: 'group',
    participants: [
      ...people.map((userId) => ({ userId })),
      ...Object.entries(agents).map(([name, answers]) => ({ userId: `agent:${name}`, answers })),
    ],
  });
  return thread.id;
}

export function mention(userId: string, text = 'Please answer.'): NewItem {
  return {
    role: 'user',
    parts: [
      { type: 'mention', userId },
      { type: 'text', text },
    ],
  };
}

/** Waits until no agent has anything left to answer, and returns what they said. */
export async function quiet(kit: StoreKit, threadId: string): Promise<Item[]> {
  await until(async () => {
    await settled(kit);
    const waiting = await kit.rows(asks);
    const active = [];
    for (const status of ['queued', 'running'] as const) {
      active.push(...(await kit.owner.runs.list(threadId, { status })).data);
    }
    return waiting.length + active.length === 0;
  });
  await settled(kit);
  const { data } = await kit.owner.items.list(threadId, { limit: 1000 });
  return data.filter(({ role }) => role === 'assistant');
}

/** The author and the text of each. */
export const said = (items: readonly Item[]): [string | undefined, string][] =>
  items.map((item) => [item.authorId, textIn(item).trim()]);
