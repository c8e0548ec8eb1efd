import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';
import { openKit, type StoreKit } from '../../../test/support/store/store-kit-for-testing.ts';
import type { Responder } from '../../api/responder.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { cleanTitle } from './generate-title.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

describe('the answer of a model', () => {
  test.each([
    ['Sourdough from Scratch', 'Sourdough from Scratch'],
    ['"Sourdough from Scratch."', 'Sourdough from Scratch'],
    ['Title: **Sourdough from Scratch**', 'Sourdough from Scratch'],
    ['**Title:** “Sourdough from Scratch”…', 'Sourdough from Scratch'],
    ['\n\n# Sourdough from Scratch\n\nThis title is short.', 'Sourdough from Scratch'],
    ['- Sourdough   from\tScratch', 'Sourdough from Scratch'],
    ['One two three four five six seven eight', 'One two three four five six'],
    ["Anna's bread isn't rising", "Anna's bread isn't rising"],
    ['东京旅行计划。', '东京旅行计划'],
    ['🍞 Bread basics', '🍞 Bread basics'],
    ['How to begin?', 'How to begin?'],
    ['Pneumonoultramicroscopic silicovolcanoconiosis-related terms', 'Pneumonoultramicroscopic'],
  ])('%j is the title %j, if any', (said, title) => {
    const words = title.split(' ').length > 1 || /\p{Script=Han}/u.test(title);
    expect(cleanTitle(said)).toBe(words ? title : undefined);
  });

  test.each(['', ' \n ', '""', 'Bread', '...', '"Bread."'])('%j is not a title', (said) => {
    expect(cleanTitle(said)).toBeUndefined();
  });

  test('is cut to 50 characters', () => {
    const title = cleanTitle('extraordinarily complicated conversations about nothing whatsoever')!;
    expect(title.length).toBeLessThanOrEqual(50);
    expect(title).toBe('extraordinarily complicated conversations about');
  });
});

describe('a thread', () => {
  let kit: StoreKit;
  let respondents: Respondents;
  beforeEach(async () => {
    respondents = new Respondents(['lab/alpha', 'demo/alpha']);
    respondents.completion = 'A Generated Title';
    kit = await openKit({ responders: respondents });
  });
  afterEach(() => kit[Symbol.asyncDispose]());

  async function turn(threadId: string, text: string, model = 'lab/alpha'): Promise<void> {
    const { done } = await kit.owner.runs.start(threadId, { input: text, model });
    await done;
  }
  const titleOf = async (id: string): Promise<readonly string[]> => {
    const { title, titleSource } = await kit.owner.threads.get(id);
    return [title, titleSource];
  };

  test('is named after its first exchange, once', async () => {
    const { id } = await kit.thread();
    await turn(id, 'How do I begin?');
    await expect.poll(() => titleOf(id)).toEqual(['A Generated Title', 'generated']);
    expect(respondents.prompts[0]).toContain('How do I begin?');
    expect(respondents.prompts[0]).toContain('lab/alpha says');
    await turn(id, 'And then?');
    await someTurns();
    expect(respondents.prompts).toHaveLength(1);
  });

  test('has a derived title again once its first exchange is redacted, also while the model thinks', async () => {
    const { id } = await kit.thread();
    await turn(id, 'How do I begin?');
    await expect.poll(() => titleOf(id)).toEqual(['A Generated Title', 'generated']);
    const [question] = (await kit.owner.items.list(id)).data;
    await kit.say(id, 'Something else');
    const fork = (await kit.owner.threads.fork([{ threadId: id }]))[0]!;
    await kit.owner.items.redact(id, [question!.id]);
    expect(await titleOf(id)).toEqual(['Something else', 'derived']);
    expect((await titleOf(fork.id))[0]).not.toContain('Generated');
    const late = await kit.thread();
    const { done } = await kit.owner.runs.start(late.id, { input: 'And?', responder: slowNamer() });
    await done;
    const [asked] = (await kit.owner.items.list(late.id)).data;
    await naming.started.opened;
    await kit.owner.items.redact(late.id, [asked!.id]);
    naming.allowed.open();
    await naming.named.opened;
    await someTurns();
    expect((await titleOf(late.id))[1]).not.toBe('generated');
  });

  /** The gates of a model that thinks about a title. */
  const naming = { started: gate(), allowed: gate(), named: gate() };

  function slowNamer(): Responder {
    const complete = async (): Promise<string> => {
      naming.started.open();
      await naming.allowed.opened;
      naming.named.open();
      return 'A Late Title';
    };
    return { ...scripted(() => textChunks('Well')), complete };
  }

  test('that a user has named stays so, also while the model thinks', async () => {
    const { id } = await kit.thread({ title: 'Mine' });
    await turn(id, 'Hello there');
    await someTurns();
    expect(respondents.prompts).toEqual([]);
    expect(await titleOf(id)).toEqual(['Mine', 'user']);
  });

  test('is not named by a demo', async () => {
    const { id } = await kit.thread();
    await turn(id, 'Hello there', 'demo/alpha');
    await someTurns();
    expect(await titleOf(id)).toEqual(['Hello there', 'derived']);
  });

  test('keeps its derived title when the model fails, and asks no more', async () => {
    respondents.completion = new Error('no');
    const { id } = await kit.thread();
    await turn(id, 'Hello there');
    await turn(id, 'Hello again');
    await someTurns();
    expect(await titleOf(id)).toEqual(['Hello there', 'derived']);
    expect(respondents.prompts).toHaveLength(1);
  });

  test('with a private question is not named after it', async () => {
    const { id } = await kit.thread();
    const input = [{ role: 'user', text: 'secret', private: true }] as const;
    const { done } = await kit.owner.runs.start(id, { input, model: 'lab/alpha' });
    await done;
    await someTurns();
    expect(respondents.prompts).toEqual([]);
  });
});
