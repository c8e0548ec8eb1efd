/**
 * The answer of `demo/eliza` to a text. The first rule whose pattern matches answers, with its
 * answers in turn; `$1` is the captured text from the other side's view ("my" becomes "your").
 */
export function reply(text: string, turn: number): string {
  const sentence = text.split(/(?<=[.!?])\s|\n/).find((part) => part.trim() !== '') ?? text;
  for (const { pattern, answers } of rules) {
    const found = pattern.exec(sentence);
    if (found === null) continue;
    const caught = reflect(found[1] ?? '');
    // The index is below the length.
    return answers[turn % answers.length]!.replaceAll('$1', () => caught);
  }
  return general[turn % general.length]!; // as above
}

interface Rule {
  readonly pattern: RegExp;
  readonly answers: readonly string[];
}

const rules: readonly Rule[] = [
  {
    pattern: /^\s*(?:hi|hello|hey|good (?:morning|evening))\b/i,
    answers: ['Hello. What would you like to talk about?'],
  },
  {
    pattern: /\bi need (.+?)[.!?]*$/i,
    answers: ['Why do you need $1?', 'Would it really help you to get $1?'],
  },
  {
    pattern: /\bi(?:'m| am|’m) (.+?)[.!?]*$/i,
    answers: ['How long have you been $1?', 'How do you feel about being $1?'],
  },
  {
    pattern: /\bi feel (.+?)[.!?]*$/i,
    answers: ['When do you usually feel $1?', 'What makes you feel $1?'],
  },
  {
    pattern: /\bi (?:want|would like|'d like) (.+?)[.!?]*$/i,
    answers: ['What would it mean to you to get $1?', 'Why do you want $1?'],
  },
  {
    pattern: /\bwhy (?:don't|don’t) you (.+?)[.!?]*$/i,
    answers: ['Do you really think that I do not $1?'],
  },
  {
    pattern: /\bbecause (.+?)[.!?]*$/i,
    answers: ['Is that the real reason?', 'What other reasons come to mind?'],
  },
  { pattern: /\bmy (.+?)[.!?]*$/i, answers: ['Tell me more about your $1.'] },
  { pattern: /\b(?:sorry|apologi[sz]e)\b/i, answers: ['There is no need to be sorry.'] },
  {
    pattern: /\?\s*$/,
    answers: [
      'Why do you ask that?',
      'What do you think yourself?',
      'What would an answer change?',
    ],
  },
];

const general: readonly string[] = [
  'Please tell me more.',
  'I see. And what does that tell you?',
  'How does that make you feel?',
  'Let us stay with that for a moment. What comes to mind?',
];

const reflections: Readonly<Record<string, string>> = {
  i: 'you',
  me: 'you',
  my: 'your',
  mine: 'yours',
  am: 'are',
  myself: 'yourself',
  you: 'I',
  your: 'my',
  yours: 'mine',
  yourself: 'myself',
};

function reflect(text: string): string {
  return text.replaceAll(/[a-z]+/gi, (word) => {
    const lower = word.toLowerCase();
    return Object.hasOwn(reflections, lower) ? reflections[lower]! : word; // hasOwn found it
  });
}
