/**
 * What is private reaches no one by a model: random conversations in public, on every engine. The
 * model repeats all that it is given, and a list of the secrets is the oracle.
 */
import { expect, test } from 'vitest';
import type { NewItem } from '../../api/item.ts';
import type { NewRun, Run } from '../../api/run.ts';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { textOf } from '../../shared/parts.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  openKit,
  settled,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

const seed = seedForTesting();

class Talk {
  readonly kit: StoreKit;
  readonly id: string;
  readonly secrets: string[] = [];
  readonly runs: Run[] = [];
  readonly #random: SeededRandom;
  /** What the model was given for the newest question. */
  #given = '';

  constructor(kit: StoreKit, id: string, random: SeededRandom) {
    this.kit = kit;
    this.id = id;
    this.#random = random;
  }

  /** One step; returns what was done. */
  async step(i: number): Promise<string> {
    const { kit, id } = this;
    const random = this.#random;
    const known = (await kit.owner.items.list(id, { limit: 1000 })).data;
    const steps: Readonly<Record<string, () => Promise<unknown>>> = {
      say: () => kit.append(id, { text: `open ${i}` }),
      'say in private': () => kit.append(id, this.#secret(i)),
      'answer by hand': () =>
        kit.append(id, { ...this.#secret(i), role: 'assistant', private: false, sawPrivate: true }),
      ask: () => this.#ask({ input: `question ${i}` }, false),
      'ask in private': () => this.#ask({ input: [{ role: 'user', ...this.#secret(i) }] }, true),
      retry: () => this.#retry(),
      'edit something private': async () => {
        const mine = known.filter((item) => item.private && item.role === 'user');
        if (mine.length === 0) return;
        await kit.append(id, { ...this.#secret(i), replacesId: random.pick(mine).id });
      },
      reply: async () => {
        if (known.length === 0) return;
        const parentId = random.pick(known).id;
        const { sawPrivate, private: isPrivate } = known.find((item) => item.id === parentId)!;
        const isKept = isPrivate || sawPrivate === true;
        const text = isKept ? this.#secret(i).text : `reply ${i}`;
        await kit.append(id, { role: 'assistant', text, parentId });
      },
      show: () => {
        const visibility = random.pick(['public', 'unlisted', 'private'] as const);
        return kit.owner.threads.update([{ id, visibility }]);
      },
    };
    const name = random.pick(Object.keys(steps));
    await steps[name]!();
    return name;
  }

  /** All that a stranger can read, also in a fork of its own. */
  async toldToStranger(): Promise<string> {
    const { kit, id } = this;
    const { other } = kit;
    await kit.owner.threads.update([{ id, visibility: 'public' }]);
    await settled(kit);
    const told: unknown[] = [await other.threads.get(id), await other.items.list(id)];
    told.push((await other.threads.list({ visibility: 'public' })).data);
    told.push((await other.runs.list(id, { limit: 1000 })).data);
    if (told.length > 0 && (await kit.owner.items.list(id)).data.length > 0) {
      const [fork] = await other.threads.fork([{ threadId: id }]);
      told.push(fork, await other.items.list(fork!.id));
    }
    for (const { streamId } of this.runs) {
      try {
        for await (const event of other.streams.read(id, streamId)) told.push(event);
      } catch (error) {
        expect(error).toMatchObject({ code: 'not_found' });
      }
    }
    return JSON.stringify(told);
  }

  #secret(i: number): { text: string; private: true } & Partial<NewItem> {
    const text = `secret-${i}-canary`;
    this.secrets.push(text);
    return { text, private: true };
  }

  async #ask(run: NewRun, isPrivate: boolean): Promise<void> {
    const before = this.secrets.length;
    const responder = scripted(({ items }) => {
      this.#given = items.map(({ parts }) => textOf(parts)).join(' | ');
      return textChunks(`heard ${this.#given}`);
    });
    const { done } = await this.kit.owner.runs.start(this.id, { ...run, responder });
    this.runs.push(await done);
    if (!isPrivate) expect(this.#given).not.toContain('canary');
    // A private question has what was said in private, the newest of it at least: its own words.
    else expect(this.#given).toContain(this.secrets.at(-1));
    expect(this.secrets.length).toBe(before);
  }

  async #retry(): Promise<void> {
    const last = this.runs.at(-1);
    if (last?.inputItemId === undefined || last.outputItemId === undefined) return;
    const { inputItemId, outputItemId } = last;
    const question = await this.kit.owner.items.get(this.id, inputItemId);
    const newest = (await this.kit.owner.items.list(this.id, { limit: 1000 })).data.at(-1);
    if (newest?.id !== outputItemId) return;
    await this.#ask({ inputItemId, replacesId: outputItemId }, question.private);
  }
}

test.each(enginePlaces)(
  `nothing private is told by a model, on %s (SEED=${seed})`,
  async (_name, create) => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    for (let round = 0; round < 4; round++) {
      const random = seededRandom(seed + round);
      const { id } = await kit.thread({ visibility: 'public' });
      const talk = new Talk(kit, id, random);
      const done: string[] = [];
      for (let i = 0; i < 25; i++) done.push(await talk.step(i));
      const why = `SEED=${seed + round}: ${done.join()}`;
      expect(await talk.toldToStranger(), why).not.toContain('canary');
      const own = JSON.stringify(await kit.owner.items.list(id, { view: 'log', limit: 1000 }));
      const lost = talk.secrets.filter((text) => !own.includes(text));
      expect(lost, why).toEqual([]);
    }
  },
);
