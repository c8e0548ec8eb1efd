/**
 * The texts of a value that a path of an index configuration names, as LangGraph's stores read it:
 *
 *   path  = "$"                      the whole value, as JSON
 *         | token *( [ "." ] token )
 *   token = name                     a field
 *         | "*"                      every element or field
 *         | "[" ( index | "*" ) "]"  an element, from the end when negative, or every one
 *         | "{" path *( "," path ) "}"  several fields
 *
 * Where a path leads to nothing there is no text; what is no scalar is taken as JSON.
 */
export function textsAtPath(value: unknown, path: string): string[] {
  if (path === '' || path === '$') return textsOf(value);
  return walk(value, tokensOf(path));
}

function walk(value: unknown, [token, ...rest]: readonly string[]): string[] {
  if (token === undefined) return textsOf(value);
  return step(value, token).flatMap((inner) => walk(inner, rest));
}

/** The values that one token leads to. */
function step(value: unknown, token: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (token.startsWith('[')) return elementsOf(value, token.slice(1, -1));
  if (token.startsWith('{')) {
    const paths = token.slice(1, -1).split(',');
    return paths.flatMap((path) => followFields(value, tokensOf(path.trim())));
  }
  if (token === '*') return Object.values(value);
  return fieldOf(value, token);
}

function elementsOf(value: object, index: string): unknown[] {
  if (!Array.isArray(value)) return [];
  if (index === '*') return value;
  const position = Number.parseInt(index, 10);
  const found: unknown = Number.isNaN(position) ? undefined : value.at(position);
  return found === undefined ? [] : [found];
}

function followFields(value: object, names: readonly string[]): unknown[] {
  let reached: unknown[] = names.length === 0 ? [] : [value];
  for (const name of names) {
    reached = reached.flatMap((inner) =>
      typeof inner === 'object' && inner !== null ? fieldOf(inner, name) : [],
    );
  }
  return reached;
}

function fieldOf(value: object, name: string): unknown[] {
  // An own field, as just checked.
  return Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : [];
}

function textsOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  return [typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')];
}

/**
 * A field's name ends at a dot, a bracket or a brace; brackets and braces enclose their content.
 */
function tokensOf(path: string): string[] {
  return path.match(/\[[^\]]*\]?|\{[^}]*\}?|[^.[{]+/g) ?? [];
}
