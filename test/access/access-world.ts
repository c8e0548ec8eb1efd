/**
 * Threads of every mode and visibility with people in every relation to them, and what the table
 * of rules says of each. The walk of `access-matrix.ts` asks the server.
 */
import { sign } from 'hono/jwt';
import { expect } from 'vitest';
import { createChatMount, type ChatMount } from '../../src/adapters/ai-sdk/chat/chat-mount.ts';
import type { AccessParticipant, AccessSubject, Action } from '../../src/api/access.ts';
import type { Project } from '../../src/store/store.ts';
import type { CallerVerbs } from '../../src/store/nouns.ts';
import type { Principal } from '../../src/api/principal.ts';
import {
  threadModes,
  threadVisibilities,
  type Thread,
  type ThreadMode,
  type ThreadVisibility,
} from '../../src/api/thread.ts';
import { can, canReadUnasked } from '../../src/domain/access/can.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { scripted, textChunks } from '../support/domain/responders-for-testing.ts';
import { sourceOf } from '../support/domain/source-for-testing.ts';
import { HttpKitForTesting } from '../support/server/http-kit-for-testing.ts';
import { codeOf, only } from '../support/store/store-kit-for-testing.ts';

/** One kind of thread. */
export interface Place {
  readonly name: string;
  readonly mode: ThreadMode;
  readonly visibility: ThreadVisibility;
  /** What the rules take it for; it differs for callers who do not have the address. */
  readonly readAs?: ThreadVisibility;
  /** An unlisted thread whose id could be guessed; with `key`, callers name its link key. */
  readonly guessable?: 'key' | 'no key';
  /** A feed has the kind of its record, and some kinds have a rule. */
  readonly scopeType?: string;
  /** A direct thread that its other person has hidden. */
  readonly isHidden?: true;
}

const feeds = { ticket: 'project', invoice: 'members' } as const;

export const places: readonly Place[] = [
  ...threadModes.flatMap((mode) =>
    threadVisibilities
      .filter((visibility) => mode !== 'direct' || visibility === 'private')
      .map((visibility): Place => {
        const scope = mode === 'feed' ? { scopeType: 'note' } : {};
        return { name: `${mode}, ${visibility}`, mode, visibility, ...scope };
      }),
  ),
  { name: 'direct, hidden', mode: 'direct', visibility: 'private', isHidden: true },
  ...(['key', 'no key'] as const).map((guessable): Place => ({
    name: `group, unlisted, with an id that could be guessed and ${guessable}`,
    mode: 'group',
    visibility: 'unlisted',
    guessable,
    ...(guessable === 'no key' && { readAs: 'private' }),
  })),
  ...Object.entries(feeds).flatMap(([scopeType, rule]) =>
    (['private', 'public'] as const).map((visibility): Place => {
      return { name: `feed for ${rule}, ${visibility}`, mode: 'feed', visibility, scopeType };
    }),
  ),
];

/** A caller in one relation to the threads. */
export interface Role {
  readonly name: string;
  readonly principal: Principal;
  /** How it takes part, but in direct threads, which have no such people. */
  readonly participant?: AccessParticipant;
  /** The credential itself is refused. */
  readonly isRefused?: true;
  readonly headers: Readonly<Record<string, string>>;
}

const secret = 'a secret of at least thirty-two bytes';

async function signed(claims: object): Promise<Record<string, string>> {
  const exp = Math.floor(systemClock() / 1000) + 3600;
  return { authorization: `Bearer ${await sign({ exp, ...claims }, secret)}` };
}

interface Asked extends Omit<Role, 'name' | 'principal' | 'headers'> {
  readonly claims: object;
}

/** People in person. Their names are their ids. */
const people: Readonly<Record<string, Asked>> = {
  owner: { claims: {} },
  moderator: { claims: {}, participant: { role: 'moderator' } },
  participant: { claims: {}, participant: { role: 'participant' } },
  muted: { claims: {}, participant: { role: 'participant', isMuted: true } },
  left: { claims: {}, participant: { role: 'participant', state: 'left' } },
  'muted and left': {
    claims: {},
    participant: { role: 'participant', state: 'left', isMuted: true },
  },
  banned: { claims: {}, participant: { role: 'participant', state: 'banned' } },
  stranger: { claims: {} },
  claimant: { claims: { scopes: ['note:*', 'ticket:*', 'invoice:*'] } },
  'agent:helper': { claims: {}, isRefused: true },
  late: { claims: { sub: 'owner', exp: 1 }, isRefused: true },
  foreigner: { claims: { sub: 'owner', project: 'elsewhere' } },
};

/** How people take part in threads of many. */
const standingOfPeople: Readonly<Record<string, AccessParticipant>> = Object.fromEntries(
  Object.entries(people).flatMap(([name, { participant }]) =>
    participant ? [[name, participant] as const] : [],
  ),
);

/** What the rules say of a caller in a place. Tests compare it with what the server does. */
export function mayThere(place: Place, role: Role, action: Action): boolean {
  const { mode, visibility, readAs = visibility } = place;
  const isRuled = place.scopeType !== undefined && Object.hasOwn(feeds, place.scopeType);
  const subject: AccessSubject = {
    ...{ projectId: 'default', ownerId: 'owner', mode, visibility: readAs },
    ...(isRuled && { belongsToProject: true }),
  };
  const verdict = can(role.principal, action, subject, standingOf(place, role));
  // No host is asked here.
  return verdict === 'yes' || (verdict === 'host' && action === 'read' && canReadUnasked(subject));
}

function standingOf(place: Place, { principal, participant }: Role): AccessParticipant | undefined {
  const { userId } = principal;
  if (place.mode === 'direct') {
    return userId === 'participant' ? { role: 'participant' } : undefined;
  }
  const isFirst = userId === 'owner' && principal.projectId === 'default';
  const known = participant ?? (isFirst ? { role: 'participant' } : undefined);
  const isGuest = isLetIn(place, principal) && (known?.state ?? 'left') === 'left';
  return isGuest && (known === undefined || known.state === 'left')
    ? { role: 'participant', isMuted: known?.isMuted ?? false }
    : known;
}

/** By the rule of the feed, or by a claim. */
function isLetIn({ mode, scopeType }: Place, { userId, scopes, projectId }: Principal): boolean {
  if (mode !== 'feed' || scopeType === undefined || userId === undefined) return false;
  if (projectId !== 'default') return false;
  const rule = Object.hasOwn(feeds, scopeType) ? feeds[scopeType as keyof typeof feeds] : undefined;
  return rule === 'project' || (scopes?.includes(`${scopeType}:*`) ?? false);
}

async function personOf(name: string, { claims, ...rest }: Asked): Promise<Role> {
  const {
    sub: userId = name,
    project = 'default',
    scopes,
  } = claims as {
    readonly sub?: string;
    readonly project?: string;
    readonly scopes?: readonly string[];
  };
  const principal = { projectId: project, userId, ...(scopes && { scopes }) };
  return { name, principal, headers: await signed({ sub: userId, ...claims }), ...rest };
}

export class AccessWorld implements AsyncDisposable {
  readonly kit: HttpKitForTesting;
  readonly engine: Engine;
  readonly roles: readonly Role[];
  #count = 0;

  private constructor(kit: HttpKitForTesting, engine: Engine, roles: readonly Role[]) {
    this.kit = kit;
    this.engine = engine;
    this.roles = roles;
  }

  static async open(engine: Engine): Promise<AccessWorld> {
    const later: { chat?: ChatMount } = {}; // it needs the store
    const mount: ChatMount = {
      path: '/api/chat',
      handler: (request, identity, call) => later.chat!.handler(request, identity, call),
    };
    const names = ['lab/one', 'lab/two'];
    const responders = names.map((name) => scripted(() => textChunks('An answer.'), name));
    const kit = await HttpKitForTesting.open(
      engine,
      {
        auth: { mode: 'tokens', jwtSecret: secret },
        mounts: [mount],
        liveTailCountPerUserMax: 5000,
      },
      { responders: sourceOf(...responders), feeds },
    );
    later.chat = createChatMount({ store: kit.store });
    const key = await kit.store.keys.create({ name: 'host', projectId: 'default' });
    const byKey = (name: string, userId?: string): Role => ({
      name,
      principal: { projectId: 'default', isServer: true, ...(userId && { userId }) },
      headers: { authorization: `Bearer ${key.secret}`, ...(userId && { 'x-user-id': userId }) },
    });
    const roles = [
      ...(await Promise.all(Object.entries(people).map(([name, asked]) => personOf(name, asked)))),
      { name: 'anonymous', principal: { projectId: 'default' }, headers: {} },
      { ...byKey('a key alone'), isRefused: true } satisfies Role,
      byKey('a key for the owner', 'owner'),
      byKey('a key for the stranger', 'stranger'),
    ];
    return new AccessWorld(kit, engine, roles);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kit[Symbol.asyncDispose]();
  }

  /** A new thread of this kind, with its people and what they have said. */
  async thread(place: Place): Promise<PlacedThread> {
    return placeThread(this.kit.store.project('default'), place, ++this.#count);
  }
}

/** Those who stay, and have no role of their own. One is to be changed by others. */
const staying: Readonly<Record<string, AccessParticipant>> = {
  author: { role: 'participant' },
  target: { role: 'participant' },
};

/** What is made of a thread once a request needs it. */
interface Made {
  readonly comparisonId: string;
  readonly runId: string;
  readonly streamId: string;
  readonly shareId: string;
  readonly token: string;
}

type Values = Readonly<Record<string, string>>;

export class PlacedThread {
  readonly place: Place;
  readonly id: string;
  readonly scopeId: string;
  /** Who has said the second item, and stays. */
  readonly other: string;
  /** What the owner has said, and what the other has. */
  readonly items: readonly [owners: string, others: string];
  /** In the query of readers: the link key, where the place says so. */
  readonly linkKey: string | undefined;
  readonly #owner: CallerVerbs;
  #made: Promise<Made> | undefined;

  constructor(
    place: Place,
    owner: CallerVerbs,
    made: Pick<PlacedThread, 'id' | 'scopeId' | 'items' | 'other' | 'linkKey'>,
  ) {
    this.place = place;
    this.#owner = owner;
    this.id = made.id;
    this.scopeId = made.scopeId;
    this.items = made.items;
    this.other = made.other;
    this.linkKey = made.linkKey;
  }

  /** What parameters of paths name in this thread. */
  values(): Values {
    const { scopeType = 'none' } = this.place;
    const { id: threadId, items, scopeId, other: userId } = this;
    const of = { threadId, itemId: items[0], messageId: items[0], emoji: ':seen:' };
    return { ...of, scopeType, scopeId, userId };
  }

  /** Likewise of a comparison, and of a link where there can be one. */
  async moreValues(): Promise<Values> {
    this.#made ??= this.#make();
    return { ...this.values(), ...(await this.#made) };
  }

  async #make(): Promise<Made> {
    const comparisons = this.#owner.comparisons;
    const models = ['lab/one', 'lab/two'] as const;
    const { comparison, done } = await comparisons.create(this.id, { prompt: 'Which?', models });
    await done;
    const { id: comparisonId, left } = comparison;
    const isShared = this.place.mode !== 'direct';
    const link = isShared ? await this.#owner.shares.create(this.id) : undefined;
    const { runId, streamId } = left;
    return {
      ...{ comparisonId, runId, streamId },
      shareId: link?.share.id ?? 'none',
      token: link?.token ?? 'none',
    };
  }
}

async function placeThread(project: Project, place: Place, count: number): Promise<PlacedThread> {
  // A feed under a rule is the project's: only a server makes changes to it.
  const owner = project.as({ userId: 'owner', isServer: true });
  const scopeId = `T-${count}`;
  if (place.mode === 'direct') await eraseDirect(project);
  const { id } = await createThread(owner, place, { scopeId, ownId: `talk-${count}` });
  if (place.mode !== 'direct') await setStandings(owner, id, place);
  const other = place.mode === 'direct' ? 'participant' : 'author';
  const said: string[] = [];
  for (const userId of ['owner', other]) {
    const items = [{ role: 'user', text: `${canary} ${userId}` } as const];
    said.push(only(await project.as({ userId }).items.append(id, items)).id);
  }
  if (place.isHidden) await project.as({ userId: other }).participants.leave(id);
  const linkKey = place.guessable === 'key' ? await linkKeyOf(owner, id) : undefined;
  const items = [said[0]!, said[1]!] as const;
  return new PlacedThread(place, owner, { id, scopeId, items, other, linkKey });
}

/** In every text of these threads. */
export const canary = 'canary-in-a-thread';

async function createThread(
  owner: CallerVerbs,
  { mode, visibility, scopeType, guessable }: Place,
  { scopeId, ownId }: { readonly scopeId: string; readonly ownId: string },
): Promise<Thread> {
  if (mode === 'direct') return owner.direct.open('participant');
  const thread = { mode, visibility, title: canary };
  if (scopeType) return only(await owner.scopes.getOrCreate([{ scopeType, scopeId, ...thread }]));
  return only(await owner.threads.create([{ ...(guessable && { id: ownId }), ...thread }]));
}

/** The two have one thread, until both have deleted it. */
async function eraseDirect(project: Project): Promise<void> {
  const { id } = await project.as({ userId: 'owner' }).direct.open('participant');
  for (const userId of ['owner', 'participant']) {
    // One of them may have deleted it before.
    const code = await codeOf(project.as({ userId }).threads.delete([id]));
    expect(['none', 'not_found']).toContain(code);
  }
}

/** All take part first, and some do no longer. */
async function setStandings(owner: CallerVerbs, id: string, { mode }: Place): Promise<void> {
  const standings = Object.entries({ ...staying, ...standingOfPeople });
  const added = standings.map(([userId, { role }]) => {
    const isLeader = role === 'moderator' || (userId === 'author' && mode === 'channel');
    return { userId, role: isLeader ? ('moderator' as const) : ('participant' as const) };
  });
  await owner.participants.add(id, added);
  const updates = standings.flatMap(([userId, { state, isMuted }]) => {
    const isBanned = state === 'banned';
    if (!isMuted && !isBanned) return [];
    return [{ userId, ...(isMuted && { mutedUntil: inAYear() }), ...(isBanned && { state }) }];
  });
  await owner.participants.update(id, updates);
  const left = standings.flatMap(([userId, { state }]) => (state === 'left' ? [userId] : []));
  await owner.participants.remove(id, left);
}

function inAYear(): string {
  return new Date(systemClock() + 31_536_000_000).toISOString();
}

async function linkKeyOf(owner: CallerVerbs, id: string): Promise<string> {
  const { shareUrl } = await owner.shares.sharing(id);
  return new URL(shareUrl!, 'http://localhost').searchParams.get('k')!; // it is unlisted
}
