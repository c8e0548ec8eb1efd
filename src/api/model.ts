export const modelKinds = ['model', 'agent'] as const;
/** As which of the two a run names it. */
export type ModelKind = (typeof modelKinds)[number];

/** A model or an agent that runs may name. How it is reached is told to nobody. */
export interface ModelInfo {
  /** Such as `openai/gpt-5`, `demo/echo` or, of an agent, `support`. */
  readonly name: string;
  readonly kind: ModelKind;
  /** Answers without a model of the world, for trying things out: to be said wherever it shows. */
  readonly isDemo: boolean;
  /** Answers the runs that name nobody: the first model, never an agent. */
  readonly isDefault: boolean;
}

export interface ModelList {
  /** In the order of the configuration, at most the first 1,000. Empty where none is configured. */
  readonly data: readonly ModelInfo[];
}

export interface ModelsApi {
  /** The models and agents of the store: the same ones for everybody who is signed in. */
  list(): Promise<ModelList>;
}
