import type { Route } from '../route.ts';

/** A command line that calls the route, with placeholders in capitals where something must be filled in. */
export function curlOf(route: Route, baseUrl: string): string {
  const path = route.path.replaceAll(
    /\{(\w+)\}/g,
    (_match, name: string) => placeholders[name] ?? name,
  );
  const pieces = [`curl -s${route.path.endsWith('/live') ? 'N' : ''}`];
  const isPlainPost = route.method === 'POST' && route.body !== undefined;
  if (route.method !== 'GET' && !isPlainPost) pieces.push(`-X ${route.method}`);
  pieces.push(`'${baseUrl}${path}${exampleQueries[route.name] ?? ''}'`);
  if (route.access === 'serverKey') pieces.push(`\\\n  -H 'Authorization: Bearer SERVER_KEY'`);
  if (route.takesIfMatch) pieces.push(`\\\n  -H 'If-Match: "VERSION"'`);
  if (route.body !== undefined) {
    pieces.push(
      `\\\n  -H 'Content-Type: application/json'`,
      `\\\n  -d '${JSON.stringify(route.body.example)}'`,
    );
  }
  return pieces.join(' ');
}

const placeholders: Readonly<Record<string, string>> = {
  threadId: 'THREAD_ID',
  itemId: 'ITEM_ID',
  scopeType: 'ticket',
  scopeId: 'T-101',
};

const exampleQueries: Readonly<Record<string, string>> = {
  listThreads: '?limit=20',
  listItems: '?order=desc&limit=20',
};
