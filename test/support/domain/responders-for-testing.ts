import type { Chunk, Responder, TurnContext } from '../../../src/api/responder.ts';

/** A responder with a scripted answer. */
export function scripted(
  respond: (context: TurnContext) => AsyncIterable<Chunk> | Iterable<Chunk>,
  name: string = 'test/scripted',
): Responder {
  return {
    name,
    kind: 'model',
    isDemo: false,
    async *respond(context) {
      yield* respond(context);
    },
  };
}

/** The chunks of an answer with one text, cut into these pieces. */
export function textChunks(...deltas: readonly string[]): Chunk[] {
  return [
    { type: 'start' },
    { type: 'start-step' },
    { type: 'text-start', id: 't' },
    ...deltas.map((delta) => ({ type: 'text-delta', id: 't', delta })),
    { type: 'text-end', id: 't' },
    { type: 'finish-step' },
    { type: 'finish' },
  ];
}

/** A gate that a test opens at will. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
