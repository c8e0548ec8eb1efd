export interface MemoryConfig {
  /**
   * The most rows in a chunk of the sorted lists: 2 to 65,536, default 512. Tests use a small
   * number to make chunks split often; it only affects speed.
   */
  readonly chunkRowsMax?: number;
}

const chunkRowsMaxDefault = 512;

/** The configuration with its defaults. Throws `TypeError` if it is invalid. */
export function parseMemoryConfig(config: MemoryConfig): Required<MemoryConfig> {
  const chunkRowsMax = config.chunkRowsMax ?? chunkRowsMaxDefault;
  if (!Number.isInteger(chunkRowsMax) || chunkRowsMax < 2 || chunkRowsMax > 65_536) {
    throw new TypeError('chunkRowsMax must be 2 to 65,536');
  }
  return { chunkRowsMax };
}
