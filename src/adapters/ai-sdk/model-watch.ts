import type { TextStreamPart, ToolSet } from 'ai';
import { isObject } from '../../shared/json.ts';
import type { Part } from '../../api/item.ts';
import type { TurnContext } from '../../api/responder.ts';

export interface ResponderTimeouts {
  /** From a request to the model to its first piece, retries included, in ms. Default 60,000. */
  readonly firstChunk?: number;
  /** Between two pieces, in ms. Default 30,000. */
  readonly betweenChunks?: number;
}

/**
 * Ends a model's stream when the model is silent for too long, or the turn is stopped. The time of
 * tools does not count.
 *
 * It starts by waiting for the first piece. Each piece of the stream goes through `see`, which sets
 * the next wait: for another piece, for a tool (without limit), or for the first piece of the next
 * step. `signal` aborts with a `TimeoutError`, or when the turn's own signal does. Call `end` in
 * any case.
 */
export class ModelWatch {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #timeouts: Required<ResponderTimeouts>;
  #timer: NodeJS.Timeout | undefined;
  /** The ids of running tool calls. */
  readonly #running = new Set<string>();

  constructor(context: TurnContext, timeouts: Required<ResponderTimeouts>) {
    this.signal = AbortSignal.any([context.signal, this.#controller.signal]);
    this.#timeouts = timeouts;
    for (const toolCallId of approvedCalls(context)) this.#running.add(toolCallId);
    this.#wait('firstChunk');
  }

  see(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case 'start':
      case 'start-step':
        return;
      case 'tool-call':
        if (part.providerExecuted !== true) this.#running.add(part.toolCallId);
        break;
      case 'tool-result':
        if (part.preliminary !== true) this.#running.delete(part.toolCallId);
        break;
      case 'tool-error':
      case 'tool-output-denied':
        this.#running.delete(part.toolCallId);
        break;
      case 'finish-step':
        this.#running.clear(); // the remaining ones run at the client
        this.#wait('firstChunk');
        return;
      default:
        break;
    }
    this.#wait('betweenChunks');
  }

  /** Stops waiting, and cancels the provider's request if it is still open. */
  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  #wait(what: keyof ResponderTimeouts): void {
    clearTimeout(this.#timer);
    if (this.#running.size > 0) return;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new DOMException('The model took too long.', 'TimeoutError'));
    }, this.#timeouts[what]);
  }
}

/** The tool calls that run before the model is called: those just approved. */
function approvedCalls({ continued }: TurnContext): string[] {
  const parts = continued?.parts.filter(isApprovedCall) ?? [];
  return parts.flatMap(({ toolCallId }) => (typeof toolCallId === 'string' ? [toolCallId] : []));
}

export function isApprovedCall({ state, approval }: Part): boolean {
  return state === 'approval-responded' && isObject(approval) && approval.approved === true;
}
