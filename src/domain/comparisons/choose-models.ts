import { invalid } from '../../shared/error.ts';
import type { Core } from '../base/core.ts';
import type { Responder } from '../../api/responder.ts';
import { chooseResponder } from '../responders/choose-responder.ts';

/**
 * The left and right model of a comparison. Throws `invalid_request` unless they are two configured
 * models.
 */
export function chooseModels(core: Core, models: unknown): readonly [Responder, Responder] {
  if (models === 'random') return chooseByChance(core);
  if (!Array.isArray(models) || models.length !== 2) {
    throw invalid('models', 'must be "random" or an array of two models');
  }
  const [left, right] = models.map((name: unknown, i) => mustName(name, `models.${i}`));
  if (left === right) throw invalid('models', 'must be two different models');
  return [chooseResponder(core, { model: left! }), chooseResponder(core, { model: right! })];
}

function mustName(name: unknown, path: string): string {
  if (typeof name !== 'string') throw invalid(path, 'must be the name of a model');
  return name;
}

/** Demos compete only if there are too few real models. */
function chooseByChance(core: Core): readonly [Responder, Responder] {
  const models = (core.responders?.list() ?? []).filter(({ kind }) => kind === 'model');
  const real = models.filter(({ isDemo }) => !isDemo);
  const candidates = real.length >= 2 ? real : models;
  if (candidates.length < 2)
    throw invalid('models', 'cannot be random: fewer than two are configured');
  const left = below(candidates.length);
  const right = (left + 1 + below(candidates.length - 1)) % candidates.length;
  return [candidates[left]!, candidates[right]!]; // both are in range, and differ
}

/**
 * 0 to `count` - 1. Sides of a blind comparison must be unpredictable, which rules out
 * `Math.random`.
 */
function below(count: number): number {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return Math.floor((random! / 2 ** 32) * count); // one was asked for
}
