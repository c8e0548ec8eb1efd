import type { ProjectApi } from '../store-types.ts';
import type { Importer, ThreadJob } from './importer.ts';
import { LineError, type Line } from './read-lines.ts';
import { parseSavedLine, type SavedLine } from './skein-lines.ts';
import { ThreadRestorer } from './thread-restorer.ts';

/** An importer for the format that `skein export` writes: `docs/formats/jsonl.md`. */
export function createSkeinImporter(project: ProjectApi): Importer {
  return new SkeinImporter(project);
}

interface OpenThread {
  readonly id: string | undefined;
  readonly line: number;
  readonly restorer: ThreadRestorer;
  items: number;
  edges: number;
}

/**
 * States: between threads, `#open` is undefined; inside one, it is set; after an error,
 * `#isSkipping` until the next thread line. A thread becomes a job at its end line. A thread larger
 * than one request is written while it is read, so that memory stays bounded.
 */
class SkeinImporter implements Importer {
  readonly #project: ProjectApi;
  #open: OpenThread | undefined;
  #isSkipping = false;

  constructor(project: ProjectApi) {
    this.#project = project;
  }

  async take(line: Line): Promise<ThreadJob | undefined> {
    try {
      return await this.#take(line);
    } catch (error) {
      this.#open = undefined;
      this.#isSkipping = true;
      throw error;
    }
  }

  end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open) throw new LineError(open.line, 'the thread has no end line: the file was cut off');
  }

  async #take(line: Line): Promise<ThreadJob | undefined> {
    const saved = parseSavedLine(line);
    if (saved.type === 'thread') return this.#begin(line, saved);
    if (this.#isSkipping) return undefined;
    const open = this.#open;
    if (open === undefined)
      throw new LineError(line.number, `has an ${saved.type} without a thread before it`);
    if (saved.type === 'end') return this.#finish(line, open, saved);
    addTo(open, saved, line);
    if (open.restorer.isFull) await open.restorer.flush();
    return undefined;
  }

  #begin(line: Line, saved: SavedLine & { readonly type: 'thread' }): undefined {
    const before = this.#open;
    this.#isSkipping = false;
    if (before) {
      throw new LineError(
        line.number,
        `begins a thread, but the thread of line ${before.line} has no end line`,
      );
    }
    const restorer = new ThreadRestorer(this.#project, saved);
    this.#open = { id: saved.thread.id, line: line.number, restorer, items: 0, edges: 0 };
  }

  #finish(line: Line, open: OpenThread, saved: SavedLine & { readonly type: 'end' }): ThreadJob {
    if (saved.items !== open.items || saved.edges !== open.edges) {
      const [found, said] = [
        `${open.items} items and ${open.edges} edges`,
        `${saved.items} and ${saved.edges}`,
      ];
      throw new LineError(line.number, `ends a thread of ${said}, but ${found} were read`);
    }
    this.#open = undefined;
    return { line: open.line, threadId: open.id, run: () => open.restorer.finish() };
  }
}

function addTo(open: OpenThread, saved: SavedLine, line: Line): void {
  if (saved.type === 'edge') {
    open.edges++;
    open.restorer.addEdge(saved.saved);
  } else if (saved.type === 'item') {
    if (open.edges > 0)
      throw new LineError(line.number, 'has an item after an edge; edges come last');
    open.items++;
    open.restorer.add(saved.saved);
  }
}
