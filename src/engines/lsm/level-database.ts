/**
 * An open or closed abstract-level database (version 3) of any kind and encoding: the part that
 * identifies one, so that its types need not match ours.
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

/** The same, as the engine uses it: keys and values are texts, which every call states. */
export interface LevelDatabase extends AnyLevelDatabase {
  keyEncoding(name?: 'utf8'): unknown;
  valueEncoding(name?: 'utf8'): unknown;
  get(key: string, options: LevelReadOptions): Promise<string | undefined>;
  getSync(key: string, options: LevelReadOptions): string | undefined;
  getMany(keys: string[], options: LevelReadOptions): Promise<(string | undefined)[]>;
  iterator(options: LevelRangeOptions): LevelIterator<[string, string]>;
  keys(options: LevelRangeOptions): LevelIterator<string>;
  batch(): LevelBatch;
  /** LevelDB only: what it tells of itself, such as its files. */
  getProperty?(name: string): string;
  /** LevelDB only: drops deleted entries between two keys. */
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
  /** LevelDB: keeps the blocks read in its cache. */
  readonly fillCache?: boolean;
  /** LevelDB: the most bytes that one `nextv` may hold before it stops. */
  readonly highWaterMarkBytes?: number;
}

/** A database opened for the engine, and its hooks. */
export interface OpenedDatabase {
  readonly database: LevelDatabase;
  /** Throws while the disk refuses writes. */
  readonly probe?: () => Promise<void>;
  /** Called after the database has been closed for good. */
  readonly release?: () => void;
}
