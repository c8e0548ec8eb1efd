import type { LanguageModel } from 'ai';

/**
 * What a provider takes and refuses in a prompt. `test/support/adapters/ai-sdk/prompt-rules.ts` has
 * the list that this follows, and a property test holds the real request builders to it.
 */
export interface Dialect {
  /** The provider's name in provider options, such as `openai`. */
  readonly key: string;
  /** Where system messages may stand. */
  readonly system: 'anywhere' | 'first' | 'never';
  /** Whether the first message, besides the system's, must be a user's. */
  readonly beginsWithUser: boolean;
  /** Whether two messages of one role must not follow each other. */
  readonly alternates: boolean;
  /** What the ids of tool calls are made of. */
  readonly callId: RegExp;
  /** The kinds of content that only this provider has. */
  readonly customKinds: readonly string[];
  /** The kinds of files in users' messages, as full media types or with a final slash (`text/`). */
  readonly files: readonly string[];
  /** The kinds of files in outputs of tools. Without any, outputs are texts. */
  readonly resultFiles: readonly string[];
  /** The kinds of files in the model's own messages. */
  readonly ownFiles: readonly string[];
  /** The links that the provider follows itself, by media type. */
  readonly links: Readonly<Record<string, readonly RegExp[]>>;
}

const images = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
const pdf = 'application/pdf';
const sounds = ['audio/wav', 'audio/mpeg', 'audio/mp3'];
const strictCallId = /^[a-zA-Z0-9_-]{1,40}$/;

/** Any provider without rules of its own, such as an endpoint that speaks OpenAI's protocol. */
const common = {
  key: '',
  system: 'first',
  beginsWithUser: true,
  alternates: false,
  callId: /^[^\p{Cc}]{1,128}$/u,
  customKinds: [],
  files: [...images, pdf, ...sounds, 'video/'],
  resultFiles: [],
  ownFiles: [],
  links: {},
} as const satisfies Dialect;

const openai = {
  ...common,
  key: 'openai',
  system: 'anywhere',
  beginsWithUser: false,
  callId: strictCallId,
} as const satisfies Dialect;

const dialects: readonly (readonly [RegExp, Dialect])[] = [
  [/^openai\.chat/, { ...openai, files: [...images, pdf, ...sounds] }],
  [
    /^openai\b/,
    {
      ...openai,
      customKinds: ['openai.compaction'],
      files: [...images, pdf],
      resultFiles: [...images, pdf],
    },
  ],
  [
    /anthropic(?!\.chat)/,
    {
      ...common,
      key: 'anthropic',
      alternates: true,
      callId: strictCallId,
      customKinds: ['anthropic.fallback'],
      files: [...images, pdf, 'text/plain'],
      resultFiles: [...images, pdf],
    },
  ],
  [
    /^google\.(generative-ai|vertex)|^vertex\./,
    {
      ...common,
      key: 'google',
      alternates: true,
      callId: strictCallId,
      files: [
        ...['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif', pdf, ...sounds],
        ...['audio/aiff', 'audio/aac', 'audio/ogg', 'audio/flac', 'video/', 'text/'],
      ],
      ownFiles: ['image/png', 'image/jpeg', 'image/webp'],
    },
  ],
];

/** The rules of a model's provider. */
export async function dialectOf(model: LanguageModel): Promise<Dialect> {
  if (typeof model === 'string') return common;
  const dialect = dialects.find(([pattern]) => pattern.test(model.provider))?.[1] ?? common;
  const links = { ...(await model.supportedUrls) };
  // Older models of this provider lose outputs of tools that have files.
  const isGemini3 = dialect.key === 'google' && /gemini-([3-9]|\d\d)/.test(model.modelId);
  return { ...dialect, links, ...(isGemini3 && { resultFiles: [...images.slice(0, 3), pdf] }) };
}

/** The rules for a model that is not known, such as an agent's: what every provider takes. */
export const commonDialect: Dialect = common;

export function takesKind(kinds: readonly string[], mediaType: string): boolean {
  return kinds.some((kind) =>
    kind.endsWith('/') ? mediaType.startsWith(kind) : mediaType === kind,
  );
}

/** Whether the provider itself reads what a link leads to. */
export function followsLink({ links }: Dialect, mediaType: string, url: string): boolean {
  return Object.entries(links).some(([kind, patterns]) => {
    const isKind = kind.startsWith('*') || takesKind([kind.replace('*', '')], mediaType);
    return isKind && patterns.some((pattern) => pattern.test(url));
  });
}
