import type { ThreadExamination } from '../base/examination.ts';
import { isLost } from '../log/item-log.ts';

/** The head names items of the thread, each once. */
export async function examinePins(exam: ThreadExamination): Promise<void> {
  const { head, records } = exam;
  const kept = new Set<NonNullable<typeof head.pins>[number]>();
  for (const id of head.pins ?? []) if (!(await isLost(records, head, id))) kept.add(id);
  if (kept.size === (head.pins ?? []).length) return;
  const pins = kept.size > 0 ? [...kept] : undefined;
  await exam.found('head', 'pins should name each of its items once, and no other', () =>
    exam.updateHead({ pins }),
  );
}
