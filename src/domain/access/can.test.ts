import { describe, expect, test } from 'vitest';
import { threadModes, threadVisibilities } from '../../api/thread.ts';
import { can, relationOf } from './can.ts';
import type {
  AccessParticipant,
  AccessSubject,
  Action,
  Relation,
  Verdict,
} from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';

interface Caller {
  readonly name: Relation;
  readonly principal: Principal;
  readonly participant?: AccessParticipant;
}

const callers: readonly Caller[] = [
  { name: 'owner', principal: { projectId: 'p', userId: 'owner' } },
  caller('moderator', { role: 'moderator' }),
  caller('participant', { role: 'participant' }),
  caller('muted', { role: 'moderator', isMuted: true }),
  caller('other'),
  caller('banned', { role: 'moderator', state: 'banned' }),
  { name: 'anonymous', principal: { projectId: 'p' } },
];

function caller(name: Relation, participant?: AccessParticipant): Caller {
  return { name, principal: { projectId: 'p', userId: name }, ...(participant && { participant }) };
}

const subject: AccessSubject = {
  projectId: 'p',
  ownerId: 'owner',
  mode: 'assistant',
  visibility: 'public',
};

const subjects: readonly AccessSubject[] = threadModes.flatMap((mode) =>
  threadVisibilities.map((visibility) => ({ ...subject, mode, visibility })),
);

/**
 * The table of DESIGN, section 6, and PEOPLE, sections 1 and 3, row by row: the action, the mode
 * and visibility that it applies to, and a letter for each caller above: yes, no, or the host.
 */
const design: readonly (readonly [Action, Partial<AccessSubject>, letters: string])[] = [
  ['read', { visibility: 'private' }, 'yyyynnn'],
  ['read', { visibility: 'unlisted' }, 'yyyyyyy'],
  ['read', { visibility: 'public' }, 'yyyyyyy'],
  ['read', { mode: 'feed' }, 'yyyyhhh'],
  ['readLog', {}, 'yynnnnn'],
  ['append', { mode: 'assistant' }, 'yyynnnn'],
  ['append', { mode: 'feed' }, 'yyynhnn'],
  ['append', { mode: 'direct' }, 'yyynnnn'],
  ['append', { mode: 'group' }, 'yyynnnn'],
  ['append', { mode: 'channel' }, 'yynnnnn'],
  ['append', { mode: 'public' }, 'yyynynn'],
  ['keepState', {}, 'yynnnnn'],
  ['rename', {}, 'ynnnnnn'],
  ['rename', { mode: 'direct' }, 'yyynnnn'],
  ['setVisibility', {}, 'ynnnnnn'],
  ['setVisibility', { mode: 'direct' }, 'nnnnnnn'],
  ['setMode', {}, 'ynnnnnn'],
  ['setMode', { mode: 'direct' }, 'nnnnnnn'],
  ['giveOwner', {}, 'ynnnnnn'],
  ['share', {}, 'ynnnnnn'],
  ['share', { mode: 'direct' }, 'nnnnnnn'],
  ['delete', {}, 'ynnnnnn'],
  ['delete', { mode: 'direct' }, 'yyyynnn'],
  ['listParticipants', {}, 'yyyynnn'],
  ['listParticipants', { mode: 'channel' }, 'yynnnnn'],
  ['listParticipants', { mode: 'public' }, 'yynnnnn'],
  ['invite', {}, 'yynnnnn'],
  ['invite', { mode: 'direct' }, 'nnnnnnn'],
  ['remove', {}, 'yynnnnn'],
  ['remove', { mode: 'direct' }, 'nnnnnnn'],
  ['setRole', {}, 'ynnnnnn'],
  ['setRole', { mode: 'direct' }, 'nnnnnnn'],
  ['join', {}, 'nnnnnnn'],
  ['join', { mode: 'channel' }, 'yyynynn'],
  ['join', { mode: 'channel', visibility: 'unlisted' }, 'nnnnnnn'],
  ['join', { mode: 'public' }, 'yyynynn'],
  ['leave', {}, 'nyyynnn'],
  ['leave', { mode: 'direct' }, 'yyyynnn'],
  ['hideItem', {}, 'yynnnnn'],
  ['hideItem', { mode: 'direct' }, 'nnnnnnn'],
  ['pin', {}, 'yynnnnn'],
  ['pin', { mode: 'direct' }, 'yyynnnn'],
  ['react', {}, 'yyynnnn'],
  ['react', { mode: 'public' }, 'yyynynn'],
  ['react', { mode: 'feed' }, 'yyynhnn'],
  ['markRead', {}, 'yyyynnn'],
  ['markRead', { mode: 'public' }, 'yyynynn'],
  ['markRead', { mode: 'feed' }, 'yyynhnn'],
];

const actions = [...new Set(design.map(([action]) => action))];
const words: Readonly<Record<string, Verdict>> = { y: 'yes', n: 'no', h: 'host' };

describe('the table of the design', () => {
  test.each(design.map(([action, where, letters]) => ({ action, where, letters })))(
    '$action $where',
    ({ action, where, letters }) => {
      const found = callers.map(({ principal, participant }) =>
        can(principal, action, { ...subject, ...where }, participant),
      );
      expect(found).toEqual(letters.split('').map((letter) => words[letter]));
    },
  );
});

/** Every combination of caller, action and thread. */
function everyCase(
  check: (
    verdict: Verdict,
    where: { caller: Caller; action: Action; thread: AccessSubject },
  ) => void,
): number {
  let count = 0;
  for (const caller of callers) {
    for (const action of actions) {
      for (const thread of subjects) {
        const verdict = can(caller.principal, action, thread, caller.participant);
        check(verdict, { caller, action, thread });
        count++;
      }
    }
  }
  return count;
}

describe('over all combinations', () => {
  test('there are some', () => {
    expect(everyCase(() => undefined)).toBe(7 * 20 * 6 * 3);
  });

  test('a thread of another project is always out of reach, for its owner, too', () => {
    everyCase((_verdict, { caller, action, thread }) => {
      const elsewhere = { ...caller.principal, projectId: 'q' };
      expect(can(elsewhere, action, thread, caller.participant)).toBe('no');
    });
  });

  test('a caller that may not read may do nothing, and one that the host lets in asks it first', () => {
    everyCase((verdict, { caller, action, thread }) => {
      const reading = can(caller.principal, 'read', thread, caller.participant);
      if (reading === 'no') expect([action, verdict]).toEqual([action, 'no']);
      if (reading === 'host') expect([action, verdict]).not.toEqual([action, 'yes']);
    });
  });

  test('an anonymous or banned caller may only read what everybody may', () => {
    everyCase((verdict, { caller, action, thread }) => {
      if (caller.name !== 'anonymous' && caller.name !== 'banned') return;
      if (action !== 'read') return expect(verdict).toBe('no');
      const mayRead = thread.mode === 'feed' ? 'host' : thread.visibility !== 'private';
      expect(verdict).toBe(mayRead === 'host' ? 'host' : mayRead ? 'yes' : 'no');
    });
  });

  test('a muted caller writes nothing', () => {
    const writes = new Set<Action>([
      'append',
      'keepState',
      'react',
      'invite',
      'hideItem',
      'rename',
    ]);
    everyCase((verdict, { caller, action }) => {
      if (caller.name === 'muted' && writes.has(action)) expect(verdict).toBe('no');
    });
  });

  test('only an owner renames, shows, shares, moves, hands over or deletes, but for direct threads', () => {
    const reserved = new Set<Action>([
      'rename',
      'setVisibility',
      'setMode',
      'giveOwner',
      'share',
      'delete',
    ]);
    everyCase((verdict, { caller, action, thread }) => {
      if (thread.mode === 'direct' || !reserved.has(action)) return;
      expect([caller.name, action, verdict]).toEqual([
        caller.name,
        action,
        caller.name === 'owner' ? 'yes' : 'no',
      ]);
    });
  });

  test('a direct thread is never shown, shared, moved or joined', () => {
    everyCase((verdict, { action, thread }) => {
      const isOpening = ['setVisibility', 'setMode', 'share', 'invite', 'join'].includes(action);
      if (thread.mode === 'direct' && isOpening) expect([action, verdict]).toEqual([action, 'no']);
    });
  });

  test('only a feed asks the host', () => {
    everyCase((verdict, { thread }) => {
      if (verdict === 'host') expect(thread.mode).toBe('feed');
    });
  });

  test('the same question has the same answer, and changes nothing', () => {
    everyCase((verdict, { caller, action, thread }) => {
      const before = structuredClone([caller, thread]);
      const frozen = Object.freeze({ ...thread });
      const again = can(Object.freeze({ ...caller.principal }), action, frozen, caller.participant);
      expect(again).toBe(verdict);
      expect([caller, thread]).toEqual(before);
    });
  });
});

describe('a feed that belongs to its project', () => {
  const feed: AccessSubject = { ...subject, mode: 'feed', belongsToProject: true };
  const server: Principal = { projectId: 'p', userId: 'any', isServer: true };
  const owner: Principal = { projectId: 'p', userId: 'owner' };

  test('is renamed, shown, shared and deleted by a server of the host alone', () => {
    for (const action of ['rename', 'setVisibility', 'share', 'delete', 'invite'] as const) {
      expect(can(server, action, feed)).toBe('yes');
      expect(can(owner, action, feed, { role: 'participant' })).toBe('no');
    }
    expect(can(owner, 'append', feed, { role: 'participant' })).toBe('yes');
  });

  test('is out of reach for a server of another project', () => {
    expect(can({ ...server, projectId: 'q' }, 'read', feed)).toBe('no');
  });
});

describe('relationOf', () => {
  test('a caller without a name owns nothing', () => {
    expect(relationOf({ projectId: 'p' }, { ...subject, ownerId: '' })).toBe('anonymous');
    // A host without exactOptionalPropertyTypes can pass this.
    const nameless = { projectId: 'p', userId: undefined } as unknown as Principal;
    expect(relationOf(nameless, subject)).toBe('anonymous');
    expect(can(nameless, 'append', { ...subject, mode: 'public' }, { role: 'moderator' })).toBe(
      'no',
    );
  });

  test('the owner stays the owner, whatever it is as a participant', () => {
    const principal = { projectId: 'p', userId: 'owner' };
    for (const state of ['joined', 'left', 'banned'] as const) {
      expect(relationOf(principal, subject, { role: 'participant', state })).toBe('owner');
    }
  });

  test('who has left is one among others, but in a direct thread, which it only hides', () => {
    const principal = { projectId: 'p', userId: 'x' };
    const left = { role: 'moderator', state: 'left' } as const;
    for (const mode of threadModes) {
      const expected = mode === 'direct' ? 'moderator' : 'other';
      expect(relationOf(principal, { ...subject, mode }, left)).toBe(expected);
    }
  });

  test('a server key alone owns no thread', () => {
    expect(relationOf({ projectId: 'p', userId: 'x', isServer: true }, subject)).toBe('other');
    expect(relationOf({ projectId: 'p', isServer: true }, subject)).toBe('anonymous');
  });
});
