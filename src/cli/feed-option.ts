import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FeedRules } from '../api/access.ts';

/** The option of `skein serve` that opens the feeds of records. */
export interface FeedCommandOptions {
  readonly feed: FeedRules;
}

export function addFeedOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--feed <type=rule>',
      'whom the feeds of such records are for: project (its signed-in users) or members; repeatable',
    )
      .argParser(addRule)
      .default({}, 'their owners'),
  );
}

function addRule(text: string, before: FeedRules): FeedRules {
  const [, type = '', rule] = /^([^=]{1,128})=(project|members)$/.exec(text) ?? [];
  if (rule !== 'project' && rule !== 'members') {
    throw new InvalidArgumentError('Write it as ticket=project or ticket=members.');
  }
  return { ...before, [type]: rule };
}
