import type { Chunk, Responder, ResponderSource, TurnContext } from '../../../src/api/responder.ts';
import { RunFailure } from '../../../src/shared/run-failure.ts';
import { until } from '../shared/waits-for-testing.ts';

/**
 * Models that answer as told, immediately or when a test lets them. They reveal their names in
 * every field in which providers do; those named `demo/…` are demos.
 */
export class Respondents implements ResponderSource {
  /** The contexts of all turns, in the order of the calls. */
  readonly asked: TurnContext[] = [];
  readonly prompts: string[] = [];
  /** The result of `complete`; an error is thrown. `undefined`: the models have no `complete`. */
  completion: string | Error | undefined;
  readonly #models: readonly string[];
  readonly #failures = new Map<string, string>();
  readonly #errors = new Map<string, string>();
  readonly #released = new Set<string>();
  #isHeld = false;
  #wake: () => void = () => undefined;
  #woken: Promise<void> = new Promise((resolve) => (this.#wake = resolve));

  constructor(models: readonly string[]) {
    this.#models = models;
  }

  list(): readonly Responder[] {
    return this.#models.map((name) => this.#responder(name));
  }

  find(kind: 'model' | 'agent', name: string): Responder | undefined {
    return this.list().find((other) => other.kind === kind && other.name === name);
  }

  /** From now on, answers wait until they are released. */
  hold(): void {
    this.#isHeld = true;
  }

  release(name: string): void {
    this.#released.add(name);
    this.#ring();
  }

  releaseAll(): void {
    this.#isHeld = false;
    this.#ring();
  }

  fail(name: string, message: string): void {
    this.#failures.set(name, message);
  }

  /** Like `fail`, but reported as a chunk. */
  break(name: string, message: string): void {
    this.#errors.set(name, message);
  }

  async untilAsked(count: number): Promise<void> {
    await until(() => this.asked.length >= count);
  }

  #ring(): void {
    this.#wake();
    this.#woken = new Promise((resolve) => (this.#wake = resolve));
  }

  #responder(name: string): Responder {
    const complete = (prompt: string): Promise<string> => {
      this.prompts.push(prompt);
      const { completion } = this;
      return completion instanceof Error
        ? Promise.reject(completion)
        : Promise.resolve(completion ?? '');
    };
    return {
      name,
      kind: 'model',
      isDemo: name.startsWith('demo/'),
      respond: (context) => this.#respond(name, context),
      ...(this.completion !== undefined && { complete }),
    };
  }

  async *#respond(name: string, context: TurnContext): AsyncGenerator<Chunk, void, undefined> {
    this.asked.push(context);
    const meta = { lab: { modelId: name } };
    yield { type: 'start', messageMetadata: { model: name, usage: { inputTokens: 3 } } };
    yield { type: 'start-step', request: { body: { model: name } } };
    yield { type: 'text-start', id: '1', providerMetadata: meta };
    while (this.#isHeld && !this.#released.has(name)) await this.#woken;
    const failure = this.#failures.get(name);
    if (failure !== undefined) {
      throw new RunFailure({ code: 'provider_error', message: failure, retryable: true });
    }
    const errorText = this.#errors.get(name);
    if (errorText !== undefined) yield { type: 'error', errorText };
    const text = context.items
      .at(-1)
      ?.parts.map((part) => String(part.text))
      .join('');
    for (const delta of [this.says(name), ' says: ', text ?? '']) {
      yield { type: 'text-delta', id: '1', delta, providerMetadata: meta };
    }
    yield { type: 'text-end', id: '1', providerMetadata: meta };
    yield* this.also(name);
    yield { type: 'source-url', sourceId: 's', url: 'https://example.com', providerMetadata: meta };
    yield { type: 'raw', rawValue: { model: name } };
    yield { type: 'finish-step', response: { modelId: name } };
    const usage = { inputTokens: 3, outputTokens: 5, model: name };
    yield { type: 'finish', messageMetadata: { model: name, usage } };
  }

  /** The chunks that a model produces besides its text. */
  also: (name: string) => readonly Chunk[] = () => [];

  /** The name that a model gives itself in its answer. */
  says: (name: string) => string = (name) => name;
}
