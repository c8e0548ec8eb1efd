/**
 * The models whose window is smaller than what the store's `contextBytesMax` lets into a prompt
 * unless it is configured otherwise. They are old or special, so their windows no longer change.
 * The windows of all others are larger: what a newer model can take, and what that costs, is for
 * the configuration to say (`contextTokens`).
 *
 * As the providers' pages of models said in November 2025: platform.openai.com/docs/models,
 * docs.claude.com (Models overview) and ai.google.dev/gemini-api/docs/models.
 */
const smallWindows: readonly (readonly [RegExp, number])[] = [
  [/^(chat)?gpt-4o|^gpt-4-(turbo|vision|1106|0125)|^gpt-4\.5|^o1-(mini|preview)/, 128_000],
  [/^gpt-5(\.\d+)?-chat/, 128_000],
  [/^gpt-4-32k/, 32_768],
  [/^gpt-4($|-\d)/, 8192],
  [/^gpt-3\.5-turbo-instruct/, 4096],
  [/^gpt-3\.5/, 16_385],
  [/^claude-(instant|2\.0|2$)/, 100_000],
  [/^gemini-2\.5-flash-image/, 32_768],
  [/^gemma-3-1b/, 32_768],
  [/^gemma-/, 128_000],
];

/** In tokens, by the model's name at its provider or at a gateway (`openai/gpt-4o`). */
export function smallWindowOf(modelId: string): number | undefined {
  const name = modelId.slice(modelId.lastIndexOf('/') + 1);
  return smallWindows.find(([pattern]) => pattern.test(name))?.[1];
}
