export interface MemoryConfig {
  /**
   * How many rows a chunk of the sorted lists holds at most: 2 to 65,536, default 512. A small number
   * makes splitting frequent, for tests; nothing but speed depends on it.
   */
  readonly chunkRowsMax?: number;
}

const chunkRowsMaxDefault = 512;

/** The configuration with its defaults. Throws `TypeError` for one that cannot work. */
export function parseMemoryConfig(config: MemoryConfig): Required<MemoryConfig> {
  const chunkRowsMax = config.chunkRowsMax ?? chunkRowsMaxDefault;
  if (!Number.isInteger(chunkRowsMax) || chunkRowsMax < 2 || chunkRowsMax > 65_536) {
    throw new TypeError('chunkRowsMax must be 2 to 65,536');
  }
  return { chunkRowsMax };
}
