import type { Engine } from '../../../src/engine/engine.ts';
import { OpenEngine } from '../../../src/engine/open-engine.ts';
import { memory } from '../../../src/engines/memory/memory-engine.ts';
import { createHints, type Hints } from '../../../src/records/hints.ts';
import { Records } from '../../../src/records/records.ts';
import { allTables } from '../../../src/records/all-tables.ts';
import type { ThreadRow } from '../../../src/records/tables.ts';
import { ThreadDraft, type ItemContent } from '../../../src/records/thread-draft.ts';
import { ThreadWriter } from '../../../src/records/thread-writer.ts';
import type { StoredThreadId } from '../../../src/shared/ids.ts';
import { clockForTesting, startOfTests, type TestClock } from './store-kit-for-testing.ts';
import { TappedEngine } from './tapped-engine-for-testing.ts';

/** A thread writer on a real engine, without the domain above it. */
export interface WriterKit extends AsyncDisposable {
  readonly engine: TappedEngine;
  readonly records: Records;
  readonly hints: Hints;
  readonly clock: TestClock;
  readonly writer: ThreadWriter;
  /** Stores an empty thread. */
  create(id?: string): Promise<StoredThreadId>;
}

export async function openWriterKit(base: Engine = memory()): Promise<WriterKit> {
  const engine = new TappedEngine(base);
  const open = await OpenEngine.open(engine, allTables);
  const records = new Records(open);
  const hints = createHints();
  const clock = clockForTesting();
  return {
    engine,
    records,
    hints,
    clock,
    writer: new ThreadWriter(records, hints, () => clock.nowMs),
    create: async (id = 'thread') => {
      const draft = newDraftForTesting(id);
      await records.commit(draft.toCommit());
      return draft.head.id;
    },
    [Symbol.asyncDispose]: () => open.close(),
  };
}

/** The draft of a thread that is not stored yet, at version 1. */
export function newDraftForTesting(id: string, patch: Partial<ThreadRow> = {}): ThreadDraft {
  const draft = new ThreadDraft(headForTesting(id), startOfTests);
  draft.updateHead(patch);
  return draft;
}

/** A head before anything is stored of it. */
export function headForTesting(id: string, patch: Partial<ThreadRow> = {}): ThreadRow {
  return {
    id: id as StoredThreadId, // a test's own id
    projectId: 'project',
    ownerId: 'owner',
    mode: 'assistant',
    title: 'title',
    titleSource: 'user',
    visibility: 'private',
    metadata: {},
    tags: [],
    archived: false,
    createdAt: startOfTests,
    updatedAt: startOfTests,
    version: 0,
    itemCount: 0,
    lastPreview: '',
    ...patch,
  };
}

export function contentForTesting(text: string, patch: Partial<ItemContent> = {}): ItemContent {
  return {
    role: 'user',
    parts: [{ type: 'text', text }],
    visibility: 'visible',
    private: false,
    attempt: 1,
    requestId: 'request',
    metadata: {},
    createdAt: startOfTests,
    ...patch,
  };
}

/** A promise that a test settles at will. */
export function gateForTesting(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
