import { expect, test } from 'vitest';
import type { EdgesApi } from './edge.ts';
import type { LiveOptions } from './live.ts';
import type { Item, ItemsApi, ItemVisibility } from './item.ts';
import type { NounOf, Slot } from './operation.ts';
import type { EdgeNoun } from './operations/edges.ts';
import type { ItemNoun } from './operations/items.ts';
import type { LiveNoun } from './operations/live.ts';
import type { ThreadNoun } from './operations/threads.ts';
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
    live(threadId: string, options?: Omit<LiveOptions, 'signal'>): Promise<never>;
  };
}

type List<V extends readonly [`${string}.${string}`, ...Slot[]]> = { readonly listEdges: V };
type Create<V extends readonly [`${string}.${string}`, ...Slot[]]> = { readonly createEdges: V };

type Update<V extends readonly [`${string}.${string}`, ...Slot[]]> = { readonly updateItem: V };
type WholeBody = readonly ['edges.createWithOutcome', 'threadId', 'body', 'options'];
type Follow = { readonly followThread: readonly ['threads.live', 'threadId', 'query'] };

type Change<V extends readonly [`${string}.${string}`, ...Slot[]]> = { readonly updateThread: V };
type ItemFields = { readonly id: 'itemId'; readonly '...': 'body' };
type OtherFields = { readonly itemId: 'itemId'; readonly '...': 'body' };
type PlainFields = { readonly id: 'threadId'; readonly '...': 'body' };
type VersionedFields = ItemFields & { readonly ifVersion: 'ifMatch' };
interface Versions {
  readonly items: {
    update(
      threadId: string,
      items: readonly { id: string; ifVersion?: number; visibility: ItemVisibility }[],
    ): Promise<Item[]>;
  };
}

interface Toy {
  readonly name: string;
}
interface Toys {
  readonly toys: {
    get(toyId: string): Promise<Toy>;
    getOne(toyIds: readonly string[]): Promise<Toy>;
    named(name: string): Promise<Toy>;
    makeOne(toy: Toy): Promise<Toy>;
    drop(toyId: string): Promise<void>;
    dropMany(toyIds: readonly string[]): Promise<void>;
  };
}
type ToyResponse<Extra = object> = { readonly description: ''; readonly schema: 'Toy' } & Extra;
type ToyBody = { readonly schema: 'Toy'; readonly example: {} };
type ToyNoun = NounOf<
  {
    readonly get: 'GET /toys/{toyId}';
    readonly tag: 'GET /toys/{toyId}/tag';
    readonly make: 'POST /toys';
    readonly drop: 'DELETE /toys/{toyId}';
  },
  {
    readonly group: 'Toys';
    readonly parameters: { readonly toyId: { readonly description: '' } };
    readonly operations: {
      readonly get: { readonly summary: ''; readonly responses: { readonly 200: ToyResponse } };
      readonly tag: {
        readonly summary: '';
        readonly responses: { readonly 200: ToyResponse<{ readonly hasEtag: true }> };
      };
      readonly make: {
        readonly summary: '';
        readonly body: ToyBody;
        readonly responses: { readonly 201: ToyResponse };
      };
      readonly drop: {
        readonly summary: '';
        readonly responses: { readonly 204: { readonly description: '' } };
      };
    };
  },
  { readonly schemas: { readonly Toy: Toy }; readonly queries: object }
>;

/** A verb may always create, and may return nothing. */
type Accepted = [
  WithVerbs<ToyNoun, { readonly make: readonly ['toys.makeOne', 'body'] }, Toys>,
  WithVerbs<ToyNoun, { readonly drop: readonly ['toys.drop', 'toyId'] }, Toys>,
  WithVerbs<ToyNoun, { readonly drop: readonly ['toys.dropMany', ['toyId']] }, Toys>,
];

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
  WithVerbs<ItemNoun, Update<readonly ['items.update', 'threadId', ['itemId']]>, ItemsOnly>,
  // @ts-expect-error the elements of the array have no fields
  WithVerbs<ItemNoun, Update<readonly ['items.redact', 'threadId', [ItemFields]]>, ItemsOnly>,
  // @ts-expect-error the elements of the array have no such field
  WithVerbs<ItemNoun, Update<readonly ['items.update', 'threadId', [OtherFields]]>, ItemsOnly>,
  // @ts-expect-error the version in If-Match would be lost
  WithVerbs<ThreadNoun, Change<readonly ['threads.update', [PlainFields]]>, Api>,
  // @ts-expect-error the operation takes no If-Match
  WithVerbs<ItemNoun, Update<readonly ['items.update', 'threadId', [VersionedFields]]>, Versions>,
  // @ts-expect-error the verb returns something, and this operation has no body
  WithVerbs<ToyNoun, { readonly drop: readonly ['toys.get', 'toyId'] }, Toys>,
  // @ts-expect-error the verb returns nothing, and this operation has a body
  WithVerbs<ToyNoun, { readonly get: readonly ['toys.drop', 'toyId'] }, Toys>,
  // @ts-expect-error the result has no version for the ETag
  WithVerbs<ToyNoun, { readonly tag: readonly ['toys.get', 'toyId'] }, Toys>,
  // @ts-expect-error the field of the body is no array
  WithVerbs<ToyNoun, { readonly make: readonly ['toys.named', 'body.name'] }, Toys>,
  // @ts-expect-error the verb takes an array and returns none
  WithVerbs<ToyNoun, { readonly get: readonly ['toys.getOne', ['toyId']] }, Toys>,
  // @ts-expect-error a verb has one result, and this operation sends events
  WithVerbs<LiveNoun, Follow, Others>,
];

const ofThreads: readonly ProvidedVerb<ThreadNoun>[] = [
  'threads.createWithOutcome',
  'threads.create', // takes an array of them
  'threads.update',
  'threads.delete',
  'scopes.getOrCreate',
  // @ts-expect-error its events follow from no operation of the noun
  'threads.live',
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
  const refused: Refused['length'] = 21;
  const accepted: Accepted['length'] = 3;
  // The compiler has looked at each of them.
  expect([refused, accepted, provided.length, ofThreads.length]).toEqual([21, 3, 5, 6]);
});
