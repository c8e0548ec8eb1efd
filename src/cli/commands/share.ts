import { Command } from 'commander';
import type { CreateCommand } from '../create-command.ts';
import {
  addDataOptions,
  resolveDataOptions,
  wholeNumber,
  type DataOptions,
} from '../data-options.ts';
import { formatTime } from '../format/duration.ts';
import { safeLine } from '../format/safe-text.ts';
import { printPages } from '../print-pages.ts';
import { readPages } from '../read-pages.ts';
import type { NewShare, Share } from '../store-types.ts';
import { writeJsonLine, writeLine, type Terminal } from '../terminal.ts';
import { withProject } from '../with-project.ts';

const examples = `
Everybody who has a link reads the thread, as a caller without a name: nothing private, hidden or
redacted is in it. Links are the owner's to make. Without a server the path is printed that a server
of this store would have.

Examples:
  skein share create THREAD --expires 86400
  skein share create THREAD --frozen --authors
  skein share list THREAD
  skein share revoke THREAD LINK`;

export const shareCommand: CreateCommand = (terminal) =>
  new Command('share')
    .description('make, list and revoke links to a thread')
    .addHelpText('after', examples)
    .addCommand(createLinkCommand(terminal))
    .addCommand(listLinksCommand(terminal))
    .addCommand(revokeLinkCommand(terminal));

interface CreateOptions extends DataOptions {
  readonly expires?: number;
  readonly frozen?: boolean;
  readonly title?: string;
  readonly authors?: boolean;
}

function createLinkCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('create'))
    .description('make a link and print its address, only this once')
    .argument('<thread>', 'id of the thread')
    .option('--expires <seconds>', 'end the link after this time', wholeNumber(1, 31_622_400))
    .option('--frozen', 'show the thread as it is now, and nothing later')
    .option('--title <title>', 'what readers see as the title')
    .option('--authors', 'show who wrote what')
    .action((threadId: string, given: CreateOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      return withProject(options, { mayCreate: false }, async ({ project }) => {
        const issued = await project.shares.create(threadId, linkOf(options));
        if (options.json) return writeJsonLine(terminal.out, issued);
        terminal.err.write(`Link ${issued.share.id}. Its address is shown only now:\n`);
        return writeLine(terminal.out, issued.url);
      });
    });
}

function linkOf({ expires, frozen, title, authors }: CreateOptions): NewShare {
  return {
    ...(expires !== undefined && { expiresInSeconds: expires }),
    ...(frozen && { frozen }),
    ...(title !== undefined && { title }),
    ...(authors && { showAuthors: true }),
  };
}

function listLinksCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('list'))
    .description('list the links to a thread, without their addresses')
    .argument('<thread>', 'id of the thread')
    .action((threadId: string, given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      return withProject(options, { mayCreate: false }, ({ project }) => {
        const pages = readPages((page) => project.shares.list(threadId, page), {
          limit: Number.POSITIVE_INFINITY,
        });
        return printPages(terminal, pages, {
          isJson: options.json === true,
          columns: [
            { title: 'LINK' },
            { title: 'STATE' },
            { title: 'VIEWS' },
            { title: 'MADE' },
            { title: 'TITLE', widthMin: 12 },
          ],
          cellsOf: (share: Share) => [
            share.id,
            stateOf(share),
            String(share.views),
            formatTime(share.createdAt),
            safeLine(share.title ?? ''),
          ],
          none: 'No links.',
        });
      });
    });
}

function stateOf({ revokedAt, expiresAt, frozenItemId }: Share): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()) return 'expired';
  return frozenItemId === undefined ? 'live' : 'frozen';
}

function revokeLinkCommand(terminal: Terminal): Command {
  return addDataOptions(new Command('revoke'))
    .description('end links at once')
    .argument('<thread>', 'id of the thread')
    .argument('<links...>', 'ids of the links')
    .action((threadId: string, links: string[], given: DataOptions, command: Command) => {
      const options = resolveDataOptions(given, command);
      return withProject(options, { mayCreate: false }, async ({ project }) => {
        await project.shares.revoke(threadId, links);
        if (!options.json) terminal.err.write('Revoked.\n');
      });
    });
}
