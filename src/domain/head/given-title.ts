import { limits } from '../../api/limits.ts';
import type { TitleSource } from '../../api/thread.ts';
import { invalid } from '../../shared/error.ts';
import { isShortText } from '../../shared/text.ts';

const { titleLengthMax } = limits;

/** A given title, even an empty one, is the user's; without one the title is the default. */
export function givenTitle(title: unknown): { title: string; titleSource: TitleSource } {
  if (title === undefined) return { title: 'New Thread', titleSource: 'default' };
  if (typeof title !== 'string') throw invalid('title', 'must be a string');
  const trimmed = title.trim();
  if (trimmed.length > titleLengthMax) {
    throw invalid('title', `must have at most ${titleLengthMax} characters`);
  }
  if (!isShortText(trimmed, titleLengthMax)) {
    throw invalid('title', 'must not contain control characters');
  }
  return { title: trimmed === '' ? 'Untitled' : trimmed, titleSource: 'user' };
}
