import type { Responder, ResponderSource } from '../../../src/api/responder.ts';

/** A source of these responders, as a configuration would give it. */
export function sourceOf(...responders: readonly Responder[]): ResponderSource {
  return {
    list: () => responders,
    find: (kind, name) => responders.find((one) => one.kind === kind && one.name === name),
  };
}
