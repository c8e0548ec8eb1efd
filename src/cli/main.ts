#!/usr/bin/env -S node --max-semi-space-size=16
// By default Node lets the space for new objects grow until an importing server takes half as much
// memory again.
import { runCli } from './run-cli.ts';
import { createTerminal } from './terminal.ts';

// What it writes is for this user alone: stores, exports, and what their engines add later.
process.umask(0o077);
process.exitCode = await runCli(process.argv.slice(2), createTerminal(process));
