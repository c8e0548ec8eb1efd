export const modelKinds = ['model', 'agent'] as const;
/** Whether a run names it as its `model` or as an agent. */
export type ModelKind = (typeof modelKinds)[number];

/** A model or an agent that a run may name. How it is reached stays secret. */
export interface ModelInfo {
  /** For example `openai/gpt-5` or `demo/echo`; for an agent, `support`. */
  readonly name: string;
  readonly kind: ModelKind;
  /** A demonstration that calls no real model. Say so wherever it is shown. */
  readonly isDemo: boolean;
  /** Answers the runs that name no model: the first configured model, never an agent. */
  readonly isDefault: boolean;
}

export interface ModelList {
  /** In the order of the configuration, at most the first 1,000. Empty if none is configured. */
  readonly data: readonly ModelInfo[];
}

export interface ModelsApi {
  /** The models and agents of the store, the same for every signed-in user. */
  list(): Promise<ModelList>;
}
