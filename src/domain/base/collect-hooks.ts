import type { Core } from './core.ts';
import type { HookLists, Hooks } from './hooks.ts';

/** All hooks of these nouns, in the nouns' order. */
export function collectHooks(nouns: readonly Hooks<Core>[]): HookLists<Core> {
  const list = <Name extends keyof Hooks<Core>>(name: Name): NonNullable<Hooks<Core>[Name]>[] =>
    nouns.flatMap((noun) => noun[name] ?? []);
  return {
    onAppend: list('onAppend'),
    onRedact: list('onRedact'),
    onDelete: list('onDelete'),
    onFork: list('onFork'),
    onLeave: list('onLeave'),
    onPurge: list('onPurge'),
    onContext: list('onContext'),
    onShowRuns: list('onShowRuns'),
  };
}
