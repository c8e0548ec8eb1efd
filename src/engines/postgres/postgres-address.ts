import { SkeinError } from '../../shared/error.ts';

/**
 * Names a database for people. Throws `unavailable` if the text is not an address, without showing
 * it.
 */
export function shownAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol) || isTorn(url)) {
    throw new SkeinError(
      'unavailable',
      'The address of the database is not of the form postgres://user:password@host:5432/database; ' +
        'in a password, write %40 for @ and %2F for /.',
    );
  }
  return `${url.searchParams.get('host') ?? url.host}${url.pathname}`;
}

/**
 * Whether a character such as `/` has split the password: its end then stands in the place of a
 * path or query, and would be shown. The command line has the same rule.
 */
function isTorn({ username, host, pathname, search, hash }: URL): boolean {
  const query = username === '' && host !== '' ? search : '';
  return `${pathname}${query}${hash}`.includes('@') || pathname.slice(1).includes('/');
}
