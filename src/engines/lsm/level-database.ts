/**
 * An open or closed abstract-level database (version 3) of any kind, whatever its own encodings: the
 * part of it that shows that it is one, so that its types need not agree with ours.
 */
export interface AnyLevelDatabase {
  readonly status: 'opening' | 'open' | 'closing' | 'closed';
  readonly supports: LevelSupports;
  open(): Promise<void>;
  close(): Promise<void>;
  keyEncoding(name: 'utf8'): unknown;
  valueEncoding(name: 'utf8'): unknown;
  snapshot(): LevelSnapshot;
}

/** The same as the engine uses it: texts as keys and values, said with every call. */
export interface LevelDatabase extends AnyLevelDatabase {
  keyEncoding(name?: 'utf8'): unknown;
  valueEncoding(name?: 'utf8'): unknown;
  get(key: string, options: LevelReadOptions): Promise<string | undefined>;
  getSync(key: string, options: LevelReadOptions): string | undefined;
  getMany(keys: string[], options: LevelReadOptions): Promise<(string | undefined)[]>;
  iterator(options: LevelRangeOptions): LevelIterator<[string, string]>;
  keys(options: LevelRangeOptions): LevelIterator<string>;
  batch(): LevelBatch;
  /** Of LevelDB: drops what is deleted between two keys. */
  compactRange?(
    start: string,
    end: string,
    options: { readonly keyEncoding: 'utf8' },
  ): Promise<void>;
}

export interface LevelSupports {
  readonly permanence: boolean;
  readonly explicitSnapshots: boolean;
  readonly getSync?: boolean | undefined;
  readonly encodings?: Readonly<Record<string, boolean>> | undefined;
}

export interface LevelSnapshot {
  ref(): void;
  unref(): void;
  close(): Promise<void>;
}

export interface LevelIterator<Entry> {
  nextv(size: number): Promise<Entry[]>;
  close(): Promise<void>;
}

export interface LevelBatch {
  put(key: string, value: string, options?: object): unknown;
  del(key: string, options?: object): unknown;
  write(options?: object): Promise<void>;
  close(): Promise<void>;
}

export interface LevelReadOptions {
  readonly keyEncoding: 'utf8';
  readonly valueEncoding: 'utf8';
  readonly snapshot?: LevelSnapshot;
}

export interface LevelRangeOptions extends LevelReadOptions {
  readonly gte?: string;
  readonly lt?: string;
  readonly reverse?: boolean;
  readonly limit: number;
  /** LevelDB: keep the blocks read in its cache. */
  readonly fillCache?: boolean;
  /** LevelDB: how much one `nextv` may hold before it stops. */
  readonly highWaterMarkBytes?: number;
}

/** A database that was opened for the engine, and what goes with it. */
export interface OpenedDatabase {
  readonly database: LevelDatabase;
  /** Throws while the disk takes no writes. */
  readonly probe?: () => Promise<void>;
  /** Called when the database has been closed for good. */
  readonly release?: () => void;
}
