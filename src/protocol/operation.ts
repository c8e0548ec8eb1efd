/**
 * How an operation of the HTTP API is described, as data: the server's routes, the OpenAPI
 * document, the documentation page and the client's calls are made from it. A noun has three parts,
 * one file each: `operations/<noun>.ts`, `schemas/<noun>.ts`, and the server's `actions/<noun>.ts`.
 */
import type { ErrorCode } from '../shared/error.ts';
import type { JsonValue } from '../shared/json.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * A method and a path, unique in the API; parameters stand in braces: `GET /v1/threads/{threadId}`.
 */
export type Endpoint = `${HttpMethod} /${string}`;

/**
 * The endpoints of a noun by the names of their operations. Clients need nothing else of the table.
 */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** The names of the parameters in an endpoint's path. */
export type ParameterOf<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterOf<Rest>
  : never;

export interface Operation {
  readonly summary: string;
  /** One sentence an entry. */
  readonly description?: readonly string[];
  /**
   * Default: any caller, who acts in its own project. `serverKey`: a server key only. `none`: needs
   * no identity and touches no thread.
   */
  readonly access?: 'serverKey' | 'none';
  /** The name of a query's schema. */
  readonly query?: string;
  readonly body?: OperationBody;
  readonly takesIdempotencyKey?: true;
  readonly takesIfMatch?: true;
  readonly takesLastEventId?: true;
  /** By status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** Codes of errors worth naming besides those that follow from the rest. */
  readonly errors?: readonly ErrorCode[];
  /** The query of the example in the documentation. */
  readonly exampleQuery?: string;
}

export interface OperationBody {
  /** The name of its schema. */
  readonly schema: string;
  /** An empty body stands for `{}`. */
  readonly isOptional?: true;
  readonly example: JsonValue;
}

/** What is answered with a status: a named schema, or another content type, or nothing. */
export interface OperationAnswer {
  readonly description: string;
  readonly schema?: string;
  readonly contentType?: string;
  /** Whether the answer carries the version of what it shows. */
  readonly hasEtag?: true;
}

export interface PathParameter {
  readonly description: string;
  /** What stands in examples. Default: its name in capitals. */
  readonly example?: string;
}

/** Parameters that many nouns have. */
export const commonParameters = {
  threadId: { description: "A thread's id." },
} as const;

/** All operations of a noun. */
export interface OperationTable {
  /** The heading that they stand under. */
  readonly group: string;
  /** What the parameters of their paths are, apart from the common ones. */
  readonly parameters: Readonly<Record<string, PathParameter>>;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** The types that go over the wire, by the names of their schemas. */
export interface WireTypes {
  /** Bodies and answers, which have a name in OpenAPI, too. */
  readonly schemas: object;
  readonly queries: object;
}

/** A noun of the API, for the compiler. */
export interface Noun {
  readonly endpoints: Endpoints;
  readonly table: OperationTable;
  readonly wire: WireTypes;
}

/** One made of its parts: a table that does not fit its endpoints and types does not compile. */
export interface NounOf<
  E extends Endpoints,
  T extends OperationTable & TableFor<E, W, T>,
  W extends WireTypes,
> {
  readonly endpoints: E;
  readonly table: T;
  readonly wire: W;
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
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema?: keyof W['schemas'] }>
  >;
}

/** Finds misspelled optional fields, which would fit every type. */
type NothingElse<Given, Known> = { readonly [Name in Exclude<keyof Given, keyof Known>]: never };

export type OperationName<N extends Noun> = keyof N['endpoints'] & string;

type OperationNamed<N extends Noun, Name> = N['table']['operations'][Name & string];

/** The type of an operation's body; `undefined` where it takes none. */
export type BodyOf<N extends Noun, Name> =
  OperationNamed<N, Name> extends { readonly body: { readonly schema: infer Schema } }
    ? N['wire']['schemas'][Schema & keyof N['wire']['schemas']]
    : undefined;

/** The type of an operation's query; an empty one where it takes none. */
export type QueryOf<N extends Noun, Name> =
  OperationNamed<N, Name> extends { readonly query: infer Query }
    ? N['wire']['queries'][Query & keyof N['wire']['queries']]
    : Readonly<Record<string, never>>;

export type StatusOf<N extends Noun, Name> = keyof OperationNamed<N, Name>['answers'] & number;

type AnswersOf<N extends Noun, Name> = OperationNamed<N, Name>['answers'][StatusOf<N, Name>];

/** What an operation answers as JSON by a named schema; `never` for one that answers otherwise. */
export type AnswerOf<N extends Noun, Name> =
  AnswersOf<N, Name> extends infer Answer
    ? Answer extends { readonly schema: infer Schema }
      ? N['wire']['schemas'][Schema & keyof N['wire']['schemas']]
      : never
    : never;

/** Whether one of an operation's answers is of another content type. */
export type AnswersOtherwise<N extends Noun, Name> =
  Extract<AnswersOf<N, Name>, { readonly contentType: string }> extends never ? false : true;

/** Takes an endpoint apart. */
export function splitEndpoint(endpoint: Endpoint): {
  readonly method: HttpMethod;
  readonly path: `/${string}`;
} {
  const space = endpoint.indexOf(' ');
  // The two halves of the type.
  const method = endpoint.slice(0, space) as HttpMethod;
  const path = endpoint.slice(space + 1) as `/${string}`; // likewise
  return { method, path };
}
