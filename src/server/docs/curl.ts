import type { Route } from '../route.ts';

/** A command line that calls the route, with placeholders in capitals for values to fill in. */
export function curlOf(route: Route, baseUrl: string): string {
  const path = route.path.replaceAll(
    /\{(\w+)\}/g,
    (_match, name: string) => route.parameters[name]?.example ?? placeholderOf(name),
  );
  const pieces = [`curl -s${route.takesLastEventId ? 'N' : ''}`];
  const isPlainPost = route.method === 'POST' && route.body !== undefined;
  if (route.method !== 'GET' && !isPlainPost) pieces.push(`-X ${route.method}`);
  pieces.push(`'${baseUrl}${path}${route.exampleQuery ?? ''}'`);
  const key = {
    serverKey: 'SERVER_KEY',
    server: '',
    operator: 'OPERATOR_KEY',
    caller: '',
    none: '',
  }[route.access];
  if (key !== '') pieces.push(`\\\n  -H 'Authorization: Bearer ${key}'`);
  const isOfThread = route.path.endsWith('{threadId}'); // which callers have read, with its ETag
  if (route.takesIfMatch && isOfThread) pieces.push(`\\\n  -H 'If-Match: "VERSION"'`);
  if (route.body !== undefined) {
    pieces.push(
      `\\\n  -H 'Content-Type: application/json'`,
      `\\\n  -d '${JSON.stringify(route.body.example)}'`,
    );
  }
  return pieces.join(' ');
}

/** `threadId` becomes `THREAD_ID` in an example. */
function placeholderOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
