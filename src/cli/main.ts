#!/usr/bin/env -S node --max-semi-space-size=16
// By default Node lets the space for new objects grow until an importing server takes half as much
// memory again.
import { nodeProblem } from './node-version.ts';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: what they import needs a Node that is new enough.
  const [{ runCli }, { createTerminal }] = await Promise.all([
    import('./run-cli.ts'),
    import('./terminal.ts'),
  ]);
  // What it writes is for this user alone: stores, exports, and what their engines add later.
  process.umask(0o077);
  process.exitCode = await runCli(process.argv.slice(2), createTerminal(process));
} else {
  process.stderr.write(`skein: ${problem}\n`);
  process.exitCode = 1;
}
