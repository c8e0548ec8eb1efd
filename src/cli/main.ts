#!/usr/bin/env -S node --max-semi-space-size=16
// Left alone, Node lets the space for new objects grow until a server that imports takes half as much again.
import { runCli } from './run-cli.ts';
import { createTerminal } from './terminal.ts';

process.exitCode = await runCli(process.argv.slice(2), createTerminal(process));
