/**
 * How much of a prompt is left to the provider's judgement. `usual`: all that it should take.
 * `own-content`: nothing that only it can resolve, such as links, and references to what it stored;
 * `no-files`: no files either. Each is tried after the provider has refused the one before.
 */
export type Care = 'usual' | 'own-content' | 'no-files';

export const cares: readonly Care[] = ['usual', 'own-content', 'no-files'];
