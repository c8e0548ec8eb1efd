/**
 * Operations that are one verb of a noun: `GET /v1/threads/{threadId}/edges` is `edges.list`. The
 * table says where a request has the verb's arguments, and the server's action and the client's
 * method follow from it. What does not fit the verb does not compile.
 */
import type {
  ApiNoun,
  BodyOf,
  Endpoint,
  ExtraOf,
  OperationName,
  ParameterOf,
  QueryOf,
  ResponseOf,
  StatusOf,
  Verb,
  VerbOperation,
  Verbs,
} from './operation.ts';
import type { Outcome, WriteOptions } from './write-options.ts';

/** What a client needs of a noun to call the verbs that its operations name. */
export interface CalledNoun {
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly verbs: Verbs;
}

/**
 * A noun whose operations are verbs of these interfaces. Verbs that do not fit do not compile.
 *
 * @example
 * type EdgeNoun = WithVerbs<
 *   NounOf<typeof edgeEndpoints, typeof edgeTable, EdgeTypes>,
 *   typeof edgeVerbs,
 *   { readonly edges: EdgesApi }
 * >;
 */
export interface WithVerbs<
  N extends ApiNoun,
  V extends Verbs & VerbsFor<N, Api, V>,
  Api extends object,
> {
  readonly endpoints: N['endpoints'];
  readonly table: N['table'];
  readonly wire: N['wire'];
  readonly verbs: V;
  readonly api: Api;
}

/** The verbs, if they fit their operations. */
type VerbsFor<N extends ApiNoun, Api, Given> = {
  readonly [Name in keyof Given]: Name extends OperationName<N>
    ? Given[Name] extends readonly [infer Verb, ...infer Slots]
      ? Fitting<Given[Name], FormOfVerb<Api, Verb, Slots>, FormOfOperation<N, Name, Slots>>
      : never
    : never;
};

/** If the two differ, an error shows both. */
type Fitting<Given, VerbForm, OperationForm> =
  Same<VerbForm, OperationForm> extends true
    ? Given
    : { readonly verb: VerbForm; readonly operation: OperationForm };

/** How an operation must be, to be this verb. */
type FormOfVerb<Api, Verb, Slots extends readonly unknown[]> =
  MethodOf<Api, Verb> extends (...values: infer Values) => Promise<infer Result>
    ? Result extends Outcome<infer Data>
      ? Form<Required<Values>, WireForm<Data, Slots[number]>, 200 | 201>
      : Form<Required<Values>, WireForm<Result, Slots[number]>, 200>
    : never;

type FormOfOperation<
  N extends ApiNoun,
  Name extends OperationName<N>,
  Slots extends readonly unknown[],
> = Form<
  { [I in keyof Slots]: ValueAt<N, Name, Slots[I]> },
  ResponseOf<N, Name>,
  StatusOf<N, Name>,
  ExtraOf<N, Name>
>;

interface Form<Values, Response, Status, Extra = never> {
  readonly values: Values;
  readonly response: Response;
  readonly status: Status;
  /** What no verb has: preconditions, versions, other types of content. */
  readonly extra: Extra;
}

type MethodOf<Api, Verb> = Verb extends `${infer Noun}.${infer Name}`
  ? MemberOf<MemberOf<Api, Noun>, Name>
  : never;

type MemberOf<Owner, Name> = Name extends keyof Owner ? Owner[Name] : never;

type ValueAt<N extends ApiNoun, Name extends OperationName<N>, Slot> = Slot extends 'query'
  ? QueryOf<N, Name>
  : Slot extends 'body'
    ? BodyOf<N, Name>
    : Slot extends 'options'
      ? WriteOptions
      : Slot extends `body.${infer Field}`
        ? MemberOf<BodyOf<N, Name>, Field>
        : Slot extends `[${ParameterOf<N['endpoints'][Name]>}]`
          ? readonly string[]
          : Slot extends `[${ParameterOf<N['endpoints'][Name]>}, body]`
            ? readonly WithId<BodyOf<N, Name>>[]
            : Slot extends ParameterOf<N['endpoints'][Name]>
              ? string
              : never;

type WithId<Body> = Flat<{ readonly id: string } & Body>;

/** One object type instead of an intersection. */
type Flat<T> = { [Name in keyof T]: T[Name] };

/** The response with a verb's result. */
type WireForm<Result, Slot> = [Extract<Slot, `body.${string}`>, Result] extends [
  infer InField,
  readonly (infer Element)[],
]
  ? [InField] extends [never]
    ? [Extract<Slot, `[${string}]`>] extends [never]
      ? Result
      : Element
    : { readonly data: readonly Element[] }
  : Result;

/** Whether two types are the same, not only assignable. */
type Same<A, B> =
  (<T>(value: T) => T extends A ? 1 : 2) extends <T>(value: T) => T extends B ? 1 : 2
    ? true
    : false;

/** The verbs of a noun that its operations provide, as `edges.list`. */
export type ProvidedVerb<N extends ApiNoun> = {
  [Name in VerbOperation<N>]: WithPlain<N['api'], N['verbs'][Name]>;
}[VerbOperation<N>];

/** `edges.createWithOutcome` provides `edges.create`, too, since both take the same array. */
type WithPlain<Api, V extends Verb> =
  | V[0]
  | (V extends readonly [`${infer Plain}WithOutcome`, ...infer Slots]
      ? Extract<Slots[number], `body.${string}`> extends never
        ? never
        : SameValues<Api, Plain, V[0]> extends true
          ? Plain
          : never
      : never);

type SameValues<Api, One, Other> = Same<
  ValuesOf<MethodOf<Api, One>>,
  ValuesOf<MethodOf<Api, Other>>
>;

type ValuesOf<Method> = Method extends (...values: infer Values) => unknown ? Values : never;
