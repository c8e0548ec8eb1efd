import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import process from 'node:process';
import { SetupError } from './setup-error.mjs';

/**
 * Turns this process into Node with these arguments, so that signals, terminal and exit code need
 * no forwarding. Node has `execve` since 22.15; an older Node, which may run the very first
 * command, stays in between.
 *
 * @param {string} nodePath
 * @param {string[]} args
 */
export async function becomeNode(nodePath, args) {
  const env = { ...process.env, PATH: [dirname(nodePath), process.env.PATH].join(delimiter) };
  if (process.execve) process.execve(nodePath, [nodePath, ...args], env);
  process.exitCode = await runChild(nodePath, args, { env, stdio: 'inherit' });
}

/**
 * Runs a program and forwards signals to it. Resolves with its exit code, or with 128 plus the
 * signal's number if a signal ended it, as a shell does.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<number>}
 */
export function runChild(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, options);
    const release = passSignalsTo(child);
    child.once('error', (cause) => {
      release();
      reject(new SetupError(`${program} could not be run: ${cause.message}`, 127, { cause }));
    });
    child.once('exit', (code, signal) => {
      release();
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

/**
 * A terminal sends its interrupt to every process in the foreground, the child included. Forwarding
 * it would double it, and a second interrupt commonly means "at once".
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} Stops forwarding signals.
 */
function passSignalsTo(child) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}
