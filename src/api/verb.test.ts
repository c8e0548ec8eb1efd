import { expect, test } from 'vitest';
import type { EdgesApi } from './edge.ts';
import type { LiveOptions } from './live.ts';
import type { ItemsApi } from './item.ts';
import type { EdgeNoun } from './operations/edges.ts';
import type { ItemNoun } from './operations/items.ts';
import type { LiveNoun } from './operations/live.ts';
import type { ThreadNoun } from './operations/threads.ts';
import type { Thread } from './thread.ts';
import type { ThreadsApi } from './threads-api.ts';
import type { ProvidedVerb, WithVerbs } from './verb.ts';

interface Api {
  readonly edges: EdgesApi;
  readonly threads: ThreadsApi;
}
interface ItemsOnly {
  readonly items: ItemsApi;
}
interface Others {
  readonly threads: {
    get(threadId: string): Promise<Thread>;
    live(threadId: string, options?: Omit<LiveOptions, 'signal'>): Promise<never>;
  };
}

type List<V extends readonly [`${string}.${string}`, ...string[]]> = { readonly listEdges: V };
type Create<V extends readonly [`${string}.${string}`, ...string[]]> = { readonly createEdges: V };

type Update<V extends readonly [`${string}.${string}`, ...string[]]> = { readonly updateItem: V };
type WholeBody = readonly ['edges.createWithOutcome', 'threadId', 'body', 'options'];
type Follow = { readonly followThread: readonly ['threads.live', 'threadId', 'query'] };

/** What does not fit does not compile. */
type Refused = [
  // @ts-expect-error there is no such verb
  WithVerbs<EdgeNoun, List<readonly ['edges.lists', 'threadId', 'query']>, Api>,
  // @ts-expect-error there is no such noun
  WithVerbs<EdgeNoun, List<readonly ['edge.list', 'threadId', 'query']>, Api>,
  // @ts-expect-error there is no such operation
  WithVerbs<EdgeNoun, { readonly list: readonly ['edges.list', 'threadId', 'query'] }, Api>,
  // @ts-expect-error an argument is missing, though the verb could do without it
  WithVerbs<EdgeNoun, List<readonly ['edges.list', 'threadId']>, Api>,
  // @ts-expect-error there is one argument too many
  WithVerbs<EdgeNoun, List<readonly ['edges.list', 'threadId', 'query', 'options']>, Api>,
  // @ts-expect-error the arguments come in another order
  WithVerbs<EdgeNoun, List<readonly ['edges.list', 'query', 'threadId']>, Api>,
  // @ts-expect-error the path has no such parameter
  WithVerbs<EdgeNoun, List<readonly ['edges.list', 'itemId', 'query']>, Api>,
  // @ts-expect-error the verb's result is no such response
  WithVerbs<EdgeNoun, List<readonly ['threads.graph', 'threadId', 'query']>, Api>,
  // @ts-expect-error the body is no array, only its field
  WithVerbs<EdgeNoun, Create<WholeBody>, Api>,
  // @ts-expect-error without the outcome, the status 201 would be lost
  WithVerbs<EdgeNoun, Create<readonly ['edges.create', 'threadId', 'body.edges', 'options']>, Api>,
  // @ts-expect-error the elements of the array are no ids
  WithVerbs<ItemNoun, Update<readonly ['items.update', 'threadId', '[itemId]']>, ItemsOnly>,
  // @ts-expect-error the elements of the array have no fields
  WithVerbs<ItemNoun, Update<readonly ['items.redact', 'threadId', '[itemId, body]']>, ItemsOnly>,
  // @ts-expect-error a verb knows no versions, which this operation compares and responds with
  WithVerbs<ThreadNoun, { readonly getThread: readonly ['threads.get', 'threadId'] }, Others>,
  // @ts-expect-error a verb has one result, and this operation sends events
  WithVerbs<LiveNoun, Follow, Others>,
];

const provided: readonly ProvidedVerb<EdgeNoun>[] = [
  'edges.createWithOutcome',
  'edges.create', // takes the same
  'edges.list',
  'threads.graph',
  // @ts-expect-error no operation provides it
  'edges.delete',
];

test('an operation that does not fit its verb does not compile', () => {
  const refused: Refused['length'] = 14;
  expect([refused, provided.length]).toEqual([14, 5]); // the compiler has looked at each of them
});
