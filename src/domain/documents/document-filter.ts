import type { JsonObject } from '../../shared/json.ts';

/**
 * Whether a value matches a filter. Compares like LangGraph's own stores: an object that consists
 * only of operators is applied to the field; anything else must be strictly equal.
 */
export function matchesFilter(
  value: JsonObject,
  filter: Readonly<Record<string, unknown>> | undefined,
): boolean {
  if (filter === undefined) return true;
  return Object.entries(filter).every(([field, wanted]) =>
    matchesField(Object.hasOwn(value, field) ? value[field] : undefined, wanted),
  );
}

function matchesField(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  const operators = Object.entries(wanted);
  if (!operators.every(([name]) => comparers.has(name))) return found === wanted;
  return operators.every(([name, operand]) => comparers.get(name)!(found, operand));
}

type Comparer = (found: unknown, operand: unknown) => boolean;

const comparers: ReadonlyMap<string, Comparer> = new Map<string, Comparer>([
  ['$eq', (found, operand) => found === operand],
  ['$ne', (found, operand) => found !== operand],
  ['$gt', (found, operand) => Number(found) > Number(operand)],
  ['$gte', (found, operand) => Number(found) >= Number(operand)],
  ['$lt', (found, operand) => Number(found) < Number(operand)],
  ['$lte', (found, operand) => Number(found) <= Number(operand)],
  ['$in', (found, operand) => Array.isArray(operand) && operand.includes(found)],
  ['$nin', (found, operand) => !Array.isArray(operand) || !operand.includes(found)],
]);
