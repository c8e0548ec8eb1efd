import { invalid } from '../shared/error.ts';
import { splitEndpoint, type Endpoint, type ParameterOf } from './operation.ts';

/** What an endpoint's path needs to be known. */
export type PathParameters<E extends Endpoint> = { readonly [Name in ParameterOf<E>]: string };

/** The path to one place of an endpoint, its segments encoded. Throws `invalid_request`. */
export function pathTo<E extends Endpoint>(endpoint: E, parameters: PathParameters<E>): string {
  const values: Readonly<Record<string, string>> = parameters;
  // An endpoint's parameters are all there, as the type says; a caller without types meets the
  // check.
  return splitEndpoint(endpoint).path.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    segment(values[name]!, name),
  );
}

/**
 * A segment of a path. `.` and `..` mean something else there, so nothing with such an id can be
 * there.
 */
function segment(id: string, name: string): string {
  if (typeof id !== 'string') throw new TypeError(`${name} must be a string`);
  if (id === '' || id === '.' || id === '..') throw invalid(name, 'must not be empty, "." or ".."');
  // A colon, which thread ids may have, needs no encoding here.
  return encodeURIComponent(id.toWellFormed()).replaceAll('%3A', ':');
}
