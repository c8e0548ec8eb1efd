/** A number in a JSON text that JavaScript would change silently, and where it stands. */
interface LossyNumber {
  readonly source: string;
  /** The keys and indexes that lead to it, such as `items.0.parts.1.n`. */
  readonly path: string;
}

/**
 * The first number in a valid JSON text that a double cannot hold: an integer beyond 2^53, a number
 * beyond its range, or one so small that it would become 0 (RFC 8259, section 6).
 */
export function findLossyNumber(text: string): LossyNumber | undefined {
  const steps: Step[] = [];
  token.lastIndex = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [source] = match;
    const step = steps.at(-1);
    if (source === '{') steps.push({ isKey: true, at: '' });
    else if (source === '[') steps.push({ isKey: false, at: 0 });
    else if (source === '}' || source === ']') steps.pop();
    else if (source === ',') goOn(step);
    else if (source[0] === '"') takeKey(step, source);
    else if (isLossy(source)) return { source, path: steps.map(({ at }) => at).join('.') };
  }
  return undefined;
}

/** The way into an array or an object. */
interface Step {
  /** Whether the next string is a key. */
  isKey: boolean;
  at: string | number;
}

/** Texts, numbers, and what separates them. `true`, `false` and `null` are skipped. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\],]/g;

function goOn(step: Step | undefined): void {
  if (step === undefined) return;
  if (typeof step.at === 'number') step.at++;
  else step.isKey = true;
}

function takeKey(step: Step | undefined, source: string): void {
  if (!step?.isKey) return;
  step.at = JSON.parse(source) as string; // a quoted text
  step.isKey = false;
}

function isLossy(source: string): boolean {
  const value = Number(source);
  if (/^-?\d+$/.test(source)) return !Number.isFinite(value) || BigInt(source) !== BigInt(value);
  const isTooSmall = value === 0 && /[1-9]/.test(source.replace(/[eE].*/, ''));
  return isTooSmall || !Number.isFinite(value);
}
