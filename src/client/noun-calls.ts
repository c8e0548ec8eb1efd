import type { ThreadWriteOptions } from '../api/write-options.ts';
import type {
  ResponseOf,
  BodyOf,
  Endpoint,
  ApiNoun,
  OperationName,
  ParameterOf,
  QueryOf,
} from '../api/operation.ts';
import type { PathParameters } from '../protocol/path.ts';
import type { Http, HttpResponse, HttpRequest } from './http.ts';

/** Calls the operations of a noun by name, with the arguments that the table declares. */
export type NounCalls<N extends ApiNoun> = <Name extends OperationName<N>>(
  name: Name,
  call: CallInput<N, Name>,
) => Promise<HttpResponse<ResponseOf<N, Name>>>;

type CallInput<N extends ApiNoun, Name extends OperationName<N>> = ThreadWriteOptions & {
  readonly query?: QueryOf<N, Name>;
  readonly headers?: Readonly<Record<string, string>>;
} & ParametersInput<N['endpoints'][Name]> &
  BodyInput<BodyOf<N, Name>>;

type ParametersInput<E extends Endpoint> = [ParameterOf<E>] extends [never]
  ? unknown
  : { readonly parameters: PathParameters<E> };

type BodyInput<Body> = Body extends undefined ? unknown : { readonly body: Body };

export function nounCalls<N extends ApiNoun>(http: Http, endpoints: N['endpoints']): NounCalls<N> {
  // An async function, so that a rejected parameter rejects the promise like every other failure.
  return async (name, call) => {
    const request = call as Omit<HttpRequest, 'endpoint'>; // the same, in the table's types
    return await http.send({ ...request, endpoint: endpoints[name]! });
  };
}

export async function bodyOf<T>(response: Promise<HttpResponse<T>>): Promise<T> {
  return (await response).body;
}
