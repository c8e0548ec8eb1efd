import { invalid } from '../shared/error.ts';
import type { Endpoint, HttpMethod, ParameterOf } from '../api/operation.ts';

/** The parameters of an endpoint's path. */
export type PathParameters<E extends Endpoint> = { readonly [Name in ParameterOf<E>]: string };

/** The path of an endpoint with its parameters filled in and encoded. Throws `invalid_request`. */
export function pathTo<E extends Endpoint>(endpoint: E, parameters: PathParameters<E>): string {
  const values: Readonly<Record<string, string>> = parameters;
  // The type guarantees all parameters; for a caller without types, `segment` checks them.
  return splitEndpoint(endpoint).path.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    segment(values[name]!, name),
  );
}

/**
 * A path segment. `.` and `..` have a special meaning in a path, so an id cannot be one of them.
 */
function segment(id: string, name: string): string {
  if (typeof id !== 'string') throw new TypeError(`${name} must be a string`);
  if (id === '' || id === '.' || id === '..') throw invalid(name, 'must not be empty, "." or ".."');
  // A colon, which thread ids may contain, needs no encoding.
  return encodeURIComponent(id.toWellFormed()).replaceAll('%3A', ':');
}

/** Splits an endpoint into method and path. */
export function splitEndpoint(endpoint: Endpoint): {
  readonly method: HttpMethod;
  readonly path: `/${string}`;
} {
  const space = endpoint.indexOf(' ');
  // The two halves of the type `Endpoint`.
  const method = endpoint.slice(0, space) as HttpMethod;
  const path = endpoint.slice(space + 1) as `/${string}`; // likewise
  return { method, path };
}
