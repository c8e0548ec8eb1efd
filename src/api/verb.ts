/**
 * Operations that are one verb of a noun: `GET /v1/threads/{threadId}/edges` is `edges.list`. The
 * table says where a request has the verb's arguments, and the server's action and the client's
 * method follow from it. What does not fit the verb does not compile.
 */
import type {
  ApiNoun,
  BodyOf,
  ElementSlot,
  Endpoint,
  ExtraOf,
  OperationName,
  ParameterOf,
  QueryOf,
  ResponseOf,
  SlotFields,
  StatusOf,
  Verb,
  VerbOperation,
  Verbs,
} from './operation.ts';
import type { Outcome, ThreadWriteOptions, VersionOptions, WriteOptions } from './write-options.ts';

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
      ? Fitting<
          Given[Name],
          FormOfVerb<Api, Verb, Slots, VerbStatus<N, Name>>,
          FormOfOperation<N, Name, Slots>
        >
      : never
    : never;
};

/** If the two differ, an error shows both. */
type Fitting<Given, VerbForm, OperationForm> =
  Same<VerbForm, OperationForm> extends true
    ? Given
    : { readonly verb: VerbForm; readonly operation: OperationForm };

/** How an operation must be, to be this verb. */
type FormOfVerb<Api, Verb, Slots extends readonly unknown[], Status> =
  MethodOf<Api, Verb> extends (...values: infer Values) => Promise<infer Result>
    ? Result extends Outcome<infer Data>
      ? Form<Required<Values>, WireForm<Data, Slots[number]>, 200 | 201>
      : [Result] extends [void]
        ? Form<Required<Values>, never, 204>
        : Form<
            Required<Values>,
            WireForm<Result, Slots[number]>,
            [Status] extends [201] ? 201 : 200
          >
    : never;

type FormOfOperation<
  N extends ApiNoun,
  Name extends OperationName<N>,
  Slots extends readonly unknown[],
> = Form<
  { [I in keyof Slots]: ValueAt<N, Name, Slots[I]> },
  ResponseOf<N, Name>,
  VerbStatus<N, Name>,
  Exclude<ExtraOf<N, Name>, ProvidedExtra<N, Name, Slots[number]>>
>;

interface Form<Values, Response, Status, Extra = never> {
  readonly values: Values;
  readonly response: Response;
  readonly status: Status;
  /** What the verb does not provide: preconditions, versions, other types of content. */
  readonly extra: Extra;
}

/** A reader that already has the result gets 304. */
type VerbStatus<N extends ApiNoun, Name> =
  'hasEtag' extends ExtraOf<N, Name> ? Exclude<StatusOf<N, Name>, 304> : StatusOf<N, Name>;

/** A version in the result is its ETag, and one in arguments or options comes from `If-Match`. */
type ProvidedExtra<N extends ApiNoun, Name, Slot> =
  | ([ResponseOf<N, Name>] extends [{ readonly version: number }] ? 'hasEtag' : never)
  | (Extract<NameIn<Slot>, 'ifMatch' | 'options'> extends never ? never : 'takesIfMatch');

/** The parts of a request that a slot names. */
type NameIn<Slot> = Slot extends readonly [infer Element]
  ? NameIn<Element>
  : Slot extends SlotFields
    ? Slot[keyof Slot]
    : Slot;

type MethodOf<Api, Verb> = Verb extends `${infer Noun}.${infer Name}`
  ? MemberOf<MemberOf<Api, Noun>, Name>
  : never;

type MemberOf<Owner, Name> = Name extends keyof Owner ? Owner[Name] : never;

type ValueAt<N extends ApiNoun, Name extends OperationName<N>, Slot> = Slot extends readonly [
  infer Element,
]
  ? readonly ValueAt<N, Name, Element>[]
  : Slot extends SlotFields
    ? ObjectAt<N, Name, Slot>
    : ValueIn<N, Name, Slot>;

/** The value in one part of a request. */
type ValueIn<N extends ApiNoun, Name extends OperationName<N>, Source> = Source extends 'query'
  ? QueryOf<N, Name>
  : Source extends 'body'
    ? BodyOf<N, Name>
    : Source extends 'options'
      ? OptionsOf<N['table']['operations'][Name]>
      : Source extends 'ifMatch'
        ? 'takesIfMatch' extends ExtraOf<N, Name>
          ? number
          : never
        : Source extends `body.${infer Field}`
          ? Extract<MemberOf<BodyOf<N, Name>, Field>, readonly unknown[]>
          : Source extends ParameterOf<N['endpoints'][Name]>
            ? string
            : never;

type OptionsOf<TheOperation> = TheOperation extends { readonly takesIfMatch: true }
  ? TheOperation extends { readonly takesIdempotencyKey: true }
    ? ThreadWriteOptions
    : VersionOptions
  : WriteOptions;

/** An object whose fields come from several parts of a request. `If-Match` may be absent. */
type ObjectAt<N extends ApiNoun, Name extends OperationName<N>, Fields extends SlotFields> = Flat<
  Omit<FieldsIn<N, Name, Fields>, '...' | VersionField<Fields>> &
    Partial<Pick<FieldsIn<N, Name, Fields>, VersionField<Fields>>> &
    (Fields extends { readonly '...': infer Source } ? ValueIn<N, Name, Source> : unknown)
>;

type FieldsIn<N extends ApiNoun, Name extends OperationName<N>, Fields> = {
  readonly [Field in keyof Fields]: ValueIn<N, Name, Fields[Field]>;
};

type VersionField<Fields> = {
  [Field in keyof Fields]: Fields[Field] extends 'ifMatch' ? Field : never;
}[keyof Fields];

/** One object type instead of an intersection. */
type Flat<T> = { [Name in keyof T]: T[Name] };

/** The response with a verb's result. One that takes an array returns an array. */
type WireForm<Result, Slot> =
  Extract<Slot, `body.${string}`> extends never
    ? Extract<Slot, ElementSlot> extends never
      ? Result
      : ElementOf<Result>
    : { readonly data: readonly ElementOf<Result>[] };

type ElementOf<Result> = Result extends readonly (infer Element)[] ? Element : 'not an array';

/** Whether two types are the same, not only assignable. */
type Same<A, B> =
  (<T>(value: T) => T extends A ? 1 : 2) extends <T>(value: T) => T extends B ? 1 : 2
    ? true
    : false;

/** The verbs of a noun that its operations provide, as `edges.list`. */
export type ProvidedVerb<N extends ApiNoun> = {
  [Name in VerbOperation<N>]: WithPlain<N['api'], N['verbs'][Name]>;
}[VerbOperation<N>];

/**
 * `edges.createWithOutcome` provides `edges.create`, too, since both take the same array, and
 * `threads.createWithOutcome` one that takes an array of its threads.
 */
type WithPlain<Api, V extends Verb> =
  | V[0]
  | (V extends readonly [`${infer Plain}WithOutcome`, ...infer Slots]
      ? Same<
          ValuesOf<MethodOf<Api, Plain>>,
          PlainValues<ValuesOf<MethodOf<Api, V[0]>>, Slots>
        > extends true
        ? Plain
        : never
      : never);

type PlainValues<Values, Slots extends readonly unknown[]> = {
  readonly [I in keyof Values]: SlotAt<Slots, I> extends 'body' | SlotFields
    ? readonly Values[I][]
    : Values[I];
};

type SlotAt<Slots, I> = I extends keyof Slots ? Slots[I] : never;

type ValuesOf<Method> = Method extends (...values: infer Values) => unknown
  ? Readonly<Required<Values>>
  : never;
