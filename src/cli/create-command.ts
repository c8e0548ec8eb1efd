import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** Makes a command. Its file imports what is heavy only when it runs: help must come at once. */
export type CreateCommand = (terminal: Terminal) => Command;
