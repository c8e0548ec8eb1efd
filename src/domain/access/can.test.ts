import { describe, expect, test } from 'vitest';
import { threadModes, threadVisibilities } from '../../api/thread.ts';
import { can, relationOf } from './can.ts';
import type { AccessParticipant, AccessSubject, Action, Verdict } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';

const actions: readonly Action[] = [
  'read',
  'readLog',
  'append',
  'keepState',
  'rename',
  'setVisibility',
  'share',
  'delete',
  'invite',
  'remove',
  'hideItem',
  'react',
  'markRead',
];

interface Caller {
  readonly name: string;
  readonly principal: Principal;
  readonly participant?: AccessParticipant;
}

const callers: readonly Caller[] = [
  { name: 'owner', principal: { projectId: 'p', userId: 'owner' } },
  {
    name: 'moderator',
    principal: { projectId: 'p', userId: 'mo' },
    participant: { role: 'moderator' },
  },
  {
    name: 'participant',
    principal: { projectId: 'p', userId: 'pa' },
    participant: { role: 'participant' },
  },
  { name: 'other', principal: { projectId: 'p', userId: 'ot' } },
  { name: 'anonymous', principal: { projectId: 'p' } },
];

/**
 * The table of the design, row by row: the action, the mode and visibility it applies to, and the
 * five columns.
 */
const design: readonly (readonly [
  Action,
  Partial<AccessSubject>,
  string,
  string,
  string,
  string,
  string,
])[] = [
  ['read', { visibility: 'private' }, 'yes', 'yes', 'yes', 'no', 'no'],
  ['read', { visibility: 'unlisted' }, 'yes', 'yes', 'yes', 'yes', 'yes'],
  ['read', { visibility: 'public' }, 'yes', 'yes', 'yes', 'yes', 'yes'],
  ['append', { mode: 'assistant' }, 'yes', 'yes', 'yes', 'no', 'no'],
  ['append', { mode: 'feed' }, 'yes', 'yes', 'yes', 'host', 'no'],
  ['append', { mode: 'direct' }, 'yes', 'yes', 'yes', 'no', 'no'],
  ['append', { mode: 'group' }, 'yes', 'yes', 'yes', 'no', 'no'],
  ['append', { mode: 'channel' }, 'yes', 'yes', 'no', 'no', 'no'],
  ['append', { mode: 'public' }, 'yes', 'yes', 'yes', 'yes', 'no'],
  ['rename', {}, 'yes', 'no', 'no', 'no', 'no'],
  ['setVisibility', {}, 'yes', 'no', 'no', 'no', 'no'],
  ['share', {}, 'yes', 'no', 'no', 'no', 'no'],
  ['delete', {}, 'yes', 'no', 'no', 'no', 'no'],
  ['invite', {}, 'yes', 'yes', 'no', 'no', 'no'],
  ['remove', {}, 'yes', 'yes', 'no', 'no', 'no'],
  ['hideItem', {}, 'yes', 'yes', 'no', 'no', 'no'],
  ['react', { mode: 'assistant' }, 'yes', 'yes', 'yes', 'no', 'no'],
  ['react', { mode: 'public' }, 'yes', 'yes', 'yes', 'yes', 'no'],
  ['markRead', { mode: 'group' }, 'yes', 'yes', 'yes', 'no', 'no'],
  ['markRead', { mode: 'public' }, 'yes', 'yes', 'yes', 'yes', 'no'],
];

const subject: AccessSubject = {
  projectId: 'p',
  ownerId: 'owner',
  mode: 'assistant',
  visibility: 'public',
};

const subjects: readonly AccessSubject[] = threadModes.flatMap((mode) =>
  threadVisibilities.map((visibility) => ({ ...subject, mode, visibility })),
);

describe('the table of the design', () => {
  for (const [action, where, ...verdicts] of design) {
    test(`${action} ${Object.values(where).join(' ')}`, () => {
      const found = callers.map(({ principal, participant }) =>
        can(principal, action, { ...subject, ...where }, participant),
      );
      expect(found).toEqual(verdicts);
    });
  }

  test('has a row for every action except the history and states of agents, which are for members', () => {
    const inTable = new Set(design.map(([action]) => action));
    expect(actions.filter((action) => !inTable.has(action))).toEqual(['readLog', 'keepState']);
    const found = callers.map(({ principal, participant }) =>
      can(principal, 'readLog', subject, participant),
    );
    expect(found).toEqual(['yes', 'yes', 'yes', 'no', 'no']);
  });
});

test('who may read all of a thread and write to it may keep its state', () => {
  everyCase((verdict, { caller, action, thread }) => {
    if (action !== 'keepState') return;
    const { principal, participant } = caller;
    const mayBoth = (['readLog', 'append'] as const).every(
      (part) => can(principal, part, thread, participant) === 'yes',
    );
    expect([caller.name, thread.mode, verdict]).toEqual([
      caller.name,
      thread.mode,
      mayBoth ? 'yes' : 'no',
    ]);
  });
});

test('who may delete a thread may read all of it', () => {
  everyCase((verdict, { caller, action, thread }) => {
    if (action !== 'delete' || verdict !== 'yes') return;
    expect(can(caller.principal, 'readLog', thread, caller.participant)).toBe('yes');
  });
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
        check(can(caller.principal, action, thread, caller.participant), {
          caller,
          action,
          thread,
        });
        count++;
      }
    }
  }
  return count;
}

describe('over all combinations', () => {
  test('there are some', () => {
    expect(everyCase(() => undefined)).toBe(5 * 13 * 6 * 3);
  });

  test('a thread of another project is always out of reach, for its owner, too', () => {
    for (const { principal, participant } of callers) {
      for (const action of actions) {
        for (const thread of subjects) {
          expect(can({ ...principal, projectId: 'q' }, action, thread, participant)).toBe('no');
        }
      }
    }
  });

  test('a caller that may not read may do nothing, except what a feed leaves to its host', () => {
    everyCase((verdict, { caller, action, thread }) => {
      if (can(caller.principal, 'read', thread, caller.participant) === 'yes') return;
      const isHosts = action === 'append' && thread.mode === 'feed' && caller.name === 'other';
      expect([caller.name, action, thread, verdict]).toEqual([
        caller.name,
        action,
        thread,
        isHosts ? 'host' : 'no',
      ]);
    });
  });

  test('an anonymous caller may only read', () => {
    everyCase((verdict, { caller, action, thread }) => {
      if (caller.name !== 'anonymous') return;
      const mayRead = action === 'read' && thread.visibility !== 'private';
      expect(verdict).toBe(mayRead ? 'yes' : 'no');
    });
  });

  test('the owner may do everything', () => {
    everyCase((verdict, { caller }) => {
      if (caller.name === 'owner') expect(verdict).toBe('yes');
    });
  });

  test('no column allows more than the columns to its left', () => {
    const rank = { no: 0, host: 1, yes: 2 } as const;
    for (const action of actions) {
      for (const thread of subjects) {
        const ranks = callers.map(
          ({ principal, participant }) => rank[can(principal, action, thread, participant)],
        );
        expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
      }
    }
  });

  test('only a feed asks the host', () => {
    everyCase((verdict, { action, thread }) => {
      if (verdict !== 'host') return;
      expect([action, thread.mode]).toEqual(['append', 'feed']);
    });
  });

  test('the same question has the same answer, and changes nothing', () => {
    everyCase((verdict, { caller, action, thread }) => {
      const before = structuredClone([caller, thread]);
      const frozen = Object.freeze({ ...thread });
      expect(can(Object.freeze({ ...caller.principal }), action, frozen, caller.participant)).toBe(
        verdict,
      );
      expect([caller, thread]).toEqual(before);
    });
  });
});

describe('relationOf', () => {
  test('a caller without a name owns nothing', () => {
    expect(relationOf({ projectId: 'p' }, { ownerId: '' })).toBe('anonymous');
    // A host without exactOptionalPropertyTypes can pass this.
    const nameless = { projectId: 'p', userId: undefined } as unknown as Principal;
    expect(relationOf(nameless, { ownerId: 'owner' })).toBe('anonymous');
    expect(can(nameless, 'append', { ...subject, mode: 'public' }, { role: 'moderator' })).toBe(
      'no',
    );
  });

  test('the owner stays the owner, whatever it is as a participant', () => {
    const principal = { projectId: 'p', userId: 'owner' };
    expect(relationOf(principal, subject, { role: 'participant' })).toBe('owner');
  });
});
