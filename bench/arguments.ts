import { parseArgs } from 'node:util';

export interface BenchArguments {
  readonly filters: readonly string[];
  readonly isQuick: boolean;
  readonly isStrict: boolean;
  readonly jsonPath: string | undefined;
  readonly folder: string | undefined;
  readonly profileFolder: string | undefined;
  readonly isHelp: boolean;
}

export const usage = `Usage: npm run bench -- [options] [filter ...]

Runs the measures whose names contain one of the filters (all without any) and prints a table of ratios.

  --quick         smaller sizes, under a minute: to see that everything runs
  --json FILE     writes the figures to a file, too
  --dir DIR       where the stores are kept while it runs (default: the system's temporary folder)
  --profile DIR   writes CPU profiles of the servers there
  --strict        exits with 1 when a bar is missed
`;

/** Throws the errors of `node:util` for unknown options. */
export function parseArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      json: { type: 'string' },
      dir: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    filters: positionals,
    isQuick: values.quick,
    isStrict: values.strict,
    jsonPath: values.json,
    folder: values.dir,
    profileFolder: values.profile,
    isHelp: values.help,
  };
}
