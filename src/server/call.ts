import type { CallerVerbs } from '../store/nouns.ts';
import type { VersionOptions, WriteOptions } from '../api/write-options.ts';
import type {
  ResponseOf,
  RespondsOtherwise,
  BodyOf,
  ApiNoun,
  OperationName,
  ParameterOf,
  QueryOf,
  StatusOf,
  VerbOperation,
} from '../api/operation.ts';
import type { PlainResponse } from './plain-response.ts';
import type { Identity } from './auth/authenticator.ts';
import type { HeaderSource } from './request/request-source.ts';
import type { ServerContext } from './server-context.ts';

/** An authenticated and validated request. */
export interface Call<
  Body = unknown,
  Query = unknown,
  Parameter extends string = string,
  Project = CallerVerbs,
> {
  /** `HEAD` for a `GET` without the body. */
  readonly method: string;
  readonly headers: HeaderSource;
  readonly requestId: string;
  readonly identity: Identity;
  /** The caller's access to its project. */
  readonly project: Project;
  readonly query: Query;
  readonly body: Body;
  readonly server: ServerContext;
  /** The scheme and host that the caller used. */
  readonly origin: string;
  /** A parameter of the path, decoded. */
  param(name: Parameter): string;
  /** The request's id and its `Idempotency-Key`. Throws `invalid_request`. */
  writeOptions(): WriteOptions;
  /** The versions of `If-Match`. Throws `invalid_request`. */
  versionOptions(): VersionOptions;
}

/**
 * The server's action for each operation of a noun that is no verb. A missing one does not compile.
 * `Project` is what the actions need of the caller's verbs. Default: all of them.
 */
export type Actions<N extends ApiNoun, Project = CallerVerbs> = {
  readonly [Name in Exclude<OperationName<N>, VerbOperation<N>>]: (
    call: CallOf<N, Name, Project>,
  ) => ResponseTo<N, Name> | Promise<ResponseTo<N, Name>>;
};

/** The actions of any noun: each has been held to its operation where it is declared. */
export type AnyActions = Readonly<
  Record<string, (call: never) => PlainResponse | Promise<PlainResponse>>
>;

type CallOf<N extends ApiNoun, Name extends OperationName<N>, Project> = Call<
  BodyOf<N, Name>,
  QueryOf<N, Name>,
  ParameterOf<N['endpoints'][Name]>,
  Project
>;

/** Allows only the statuses and types of values that the table names. */
type ResponseTo<N extends ApiNoun, Name extends OperationName<N>> = PlainResponse<
  StatusOf<N, Name>,
  RespondsOtherwise<N, Name> extends true ? unknown : ResponseOf<N, Name>
>;
