import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** Makes a command. Its module imports heavy code only when it runs: help must appear at once. */
export type CreateCommand = (terminal: Terminal) => Command;
