import process from 'node:process';

/** The user of Linux and macOS who owns nothing. */
const nobody = 65_534;

/**
 * Runs a step as a user who owns none of the files. The superuser may write what it likes, so it is
 * another one meanwhile; other users stay who they are, and take the rights away by `chmod`.
 */
export async function withoutRoot<T>(use: () => Promise<T>): Promise<T> {
  const { setegid, seteuid } = process;
  if (process.geteuid?.() !== 0 || !setegid || !seteuid) return await use();
  setegid(nobody);
  seteuid(nobody);
  try {
    return await use();
  } finally {
    seteuid(0);
    setegid(0);
  }
}
