/**
 * The description of an operation of the HTTP API, as data. The server's routes, the OpenAPI
 * document, the documentation page and the client's calls derive from it. A noun has three parts,
 * one file each: `operations/<noun>.ts`, `schemas/<noun>.ts`, and the server's `actions/<noun>.ts`.
 */
import type { ErrorCode } from '../shared/error.ts';
import type { JsonValue } from '../shared/json.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * A method and a path, unique in the API, with parameters in braces: `GET /v1/threads/{threadId}`.
 */
export type Endpoint = `${HttpMethod} /${string}`;

/**
 * The endpoints of a noun by the names of their operations. Clients need nothing else from the
 * table.
 */
type Endpoints = Readonly<Record<string, Endpoint>>;

/** The names of the parameters in an endpoint's path. */
export type ParameterOf<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

export interface Operation {
  readonly summary: string;
  /** One sentence per entry. */
  readonly description?: readonly string[];
  /**
   * Default: any caller, acting in its own project. `serverKey`: only a server key. `server`:
   * likewise, or any program in local mode. `operator`: only an operator key, which has no
   * identity. `none`: no identity needed; the operation touches no thread.
   */
  readonly access?: 'serverKey' | 'server' | 'operator' | 'none';
  /** The name of the query's schema. */
  readonly query?: string;
  /** Parameters of the query that may be given more than once: their value is always an array. */
  readonly repeats?: readonly string[];
  readonly body?: OperationBody;
  readonly takesIdempotencyKey?: true;
  /** The ETag of the thread in the path. What changes something without it refuses the header. */
  readonly takesIfMatch?: true;
  readonly takesLastEventId?: true;
  /** What it reads comes by a link: responses are neither cached nor found by search engines. */
  readonly isByLink?: true;
  /** By status. */
  readonly responses: Readonly<Record<number, OperationResponse>>;
  /** Error codes worth naming, in addition to those that follow from the rest. */
  readonly errors?: readonly ErrorCode[];
  /** The query in the documentation's example. */
  readonly exampleQuery?: string;
}

export interface OperationBody {
  /** The name of its schema. */
  readonly schema: string;
  /** An empty body is allowed and means `{}`. */
  readonly isOptional?: true;
  readonly example: JsonValue;
}

/** The response with a status: a named schema, another content type, or no body. */
export interface OperationResponse {
  readonly description: string;
  readonly schema?: string;
  readonly contentType?: string;
  /** Whether the response carries the version of its content. */
  readonly hasEtag?: true;
  /** The field with a path of this server, which is sent with the server's origin. */
  readonly addressIn?: string;
}

export interface PathParameter {
  readonly description: string;
  /** The value in examples. Default: the parameter's name in capitals. */
  readonly example?: string;
}

/** Parameters that many nouns have. */
export const commonParameters = {
  threadId: { description: "A thread's id." },
} as const;

/** All operations of a noun. */
export interface OperationTable {
  /** The heading in the documentation. */
  readonly group: string;
  /** The parameters in the paths, apart from the common ones. */
  readonly parameters: Readonly<Record<string, PathParameter>>;
  readonly operations: Readonly<Record<string, Operation>>;
}

/**
 * The verb that an operation is, with its noun, and where a request has the verb's arguments, in
 * order. A slot is one of these:
 *
 * - `threadId`: a parameter of the path;
 * - `query`, `body`: all of it;
 * - `body.edges`: an array in a field of the body. The response has the verb's array as `data`;
 * - `options`: the id of the request and, where the operation takes them, its idempotency key and
 *   the versions of `If-Match`, one of which the thread must have;
 * - `ifMatch`: the version in `If-Match`, which is absent without one. The operation takes it, and
 *   the `GET` of the same path is a verb, too: it tells the version that a list is compared with;
 * - `{ id: 'threadId', ifVersion: 'ifMatch', '...': 'body' }`: an object with a field from each of
 *   these slots. `...` stands for the fields of the body;
 * - `['itemId']`, or an object in brackets: an element of the array that the verb takes. A request
 *   has one, and responds with what the verb returns for it.
 *
 * The response has the status that the operation names: 200, or 201 for a verb that always creates,
 * or 204 for one that returns nothing. A verb whose name ends in `WithOutcome` responds with 201,
 * or 200 for a retry; the client has the verb without the outcome, too, with an array of what
 * this one takes as its body or object. A result with a `version` has an ETag where the operation
 * says so, and is not sent again to a reader that has it if the operation knows 304.
 *
 * If several operations are the same verb, clients call the first.
 */
export type Verb = readonly [name: `${string}.${string}`, ...slots: Slot[]];

/** Where a request has an argument of a verb. */
export type Slot = string | SlotFields | ElementSlot;

/** The slots of an object's fields. */
export interface SlotFields {
  readonly [field: string]: string;
}

export type ElementSlot = readonly [string | SlotFields];

/** The verbs of a noun by the names of their operations. */
export type Verbs = Readonly<Record<string, Verb>>;

/** The types on the wire, by the names of their schemas. */
interface WireTypes {
  /** Bodies and responses, which are named in OpenAPI, too. */
  readonly schemas: object;
  readonly queries: object;
}

/** A noun of the API, as the compiler sees it. */
export interface ApiNoun {
  readonly endpoints: Endpoints;
  readonly table: OperationTable;
  readonly wire: WireTypes;
  readonly verbs: Verbs;
  /** The interfaces that have the verbs: `{ edges: EdgesApi }`. */
  readonly api: object;
}

/** A noun made of its parts. A table that does not fit its endpoints and types does not compile. */
export interface NounOf<
  E extends Endpoints,
  T extends OperationTable & TableFor<E, W, T>,
  W extends WireTypes,
> {
  readonly endpoints: E;
  readonly table: T;
  readonly wire: W;
  /** None, unless `WithVerbs` adds them. */
  readonly verbs: Readonly<Record<string, never>>;
  readonly api: object;
}

interface TableFor<E extends Endpoints, W extends WireTypes, T extends OperationTable> {
  readonly parameters: Readonly<
    Record<Exclude<ParameterOf<E[keyof E]>, keyof typeof commonParameters>, PathParameter>
  >;
  readonly operations: {
    readonly [Name in keyof E | keyof T['operations']]: Name extends keyof E
      ? OperationFor<W> & NothingElse<T['operations'][Name & string], Operation>
      : never;
  };
}

interface OperationFor<W extends WireTypes> {
  readonly query?: keyof W['queries'];
  readonly body?: { readonly schema: keyof W['schemas'] };
  readonly responses: Readonly<
    Record<number, { readonly description: string; readonly schema?: keyof W['schemas'] }>
  >;
}

/** Rejects misspelled optional fields, which would otherwise fit every type. */
type NothingElse<Given, Known> = { readonly [Name in Exclude<keyof Given, keyof Known>]: never };

export type OperationName<N extends ApiNoun> = keyof N['endpoints'] & string;

/** The names of those operations that are verbs. */
export type VerbOperation<N extends ApiNoun> = string extends keyof N['verbs']
  ? never
  : keyof N['verbs'];

type OperationNamed<N extends ApiNoun, Name> = N['table']['operations'][Name & string];

/** The type of an operation's body; `undefined` if it takes none. */
export type BodyOf<N extends ApiNoun, Name> =
  OperationNamed<N, Name> extends { readonly body: { readonly schema: infer Schema } }
    ? N['wire']['schemas'][Schema & keyof N['wire']['schemas']]
    : undefined;

/** The type of an operation's query; an empty type if it takes none. */
export type QueryOf<N extends ApiNoun, Name> =
  OperationNamed<N, Name> extends { readonly query: infer Query }
    ? N['wire']['queries'][Query & keyof N['wire']['queries']]
    : Readonly<Record<string, never>>;

export type StatusOf<N extends ApiNoun, Name> = keyof OperationNamed<N, Name>['responses'] & number;

type ResponsesOf<N extends ApiNoun, Name> = OperationNamed<N, Name>['responses'][StatusOf<N, Name>];

/** The type of an operation's JSON response with a named schema; `never` if there is none. */
export type ResponseOf<N extends ApiNoun, Name> =
  ResponsesOf<N, Name> extends infer PlainResponse
    ? PlainResponse extends { readonly schema: infer Schema }
      ? N['wire']['schemas'][Schema & keyof N['wire']['schemas']]
      : never
    : never;

/** Whether one of an operation's responses has another content type. */
export type RespondsOtherwise<N extends ApiNoun, Name> =
  Extract<ResponsesOf<N, Name>, { readonly contentType: string }> extends never ? false : true;

/** What an operation has that no verb has: preconditions, versions, other types of content. */
export type ExtraOf<N extends ApiNoun, Name> =
  | Extract<keyof OperationNamed<N, Name>, 'takesIfMatch' | 'takesLastEventId'>
  | (RespondsOtherwise<N, Name> extends true ? 'contentType' : never)
  | (Extract<ResponsesOf<N, Name>, { readonly hasEtag: true }> extends never ? never : 'hasEtag');
