import type { NounOf } from '../operation.ts';
import type { Page } from '../page.ts';
import type {
  DirectApi,
  HandOver,
  Participant,
  ParticipantListOptions,
  ParticipantPatch,
  ParticipantsApi,
} from '../participant.ts';
import type { NewParticipant } from '../participation.ts';
import type { Thread } from '../thread.ts';
import type { WithVerbs } from '../verb.ts';

export const participantEndpoints = {
  addParticipants: 'POST /v1/threads/{threadId}/participants',
  listParticipants: 'GET /v1/threads/{threadId}/participants',
  getParticipant: 'GET /v1/threads/{threadId}/participants/{userId}',
  updateParticipant: 'PATCH /v1/threads/{threadId}/participants/{userId}',
  removeParticipant: 'DELETE /v1/threads/{threadId}/participants/{userId}',
  joinThread: 'POST /v1/threads/{threadId}/join',
  leaveThread: 'POST /v1/threads/{threadId}/leave',
  handOverThread: 'POST /v1/threads/{threadId}/owner',
  openDirectThread: 'PUT /v1/direct/{userId}/thread',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const participantVerbs = {
  addParticipants: ['participants.addWithOutcome', 'threadId', 'body.participants', 'options'],
  listParticipants: ['participants.list', 'threadId', 'query'],
  getParticipant: ['participants.get', 'threadId', 'userId'],
  updateParticipant: ['participants.update', 'threadId', [{ userId: 'userId', '...': 'body' }]],
  removeParticipant: ['participants.remove', 'threadId', ['userId']],
  joinThread: ['participants.join', 'threadId'],
  leaveThread: ['participants.leave', 'threadId'],
  handOverThread: ['participants.handOver', 'threadId', 'body'],
  openDirectThread: ['direct.openWithOutcome', 'userId'],
} as const;

export const participantTable = {
  group: 'Participants',
  parameters: { userId: { description: "A user's id." } },
  operations: {
    addParticipants: {
      summary: 'Add participants',
      description: [
        'They take part at once, and read what was said before. For the owner and moderators;',
        'only the owner makes moderators. Those who take part already stay as they are.',
      ],
      body: {
        schema: 'AddParticipants',
        example: { participants: [{ userId: 'grace', role: 'participant' }] },
      },
      takesIdempotencyKey: true,
      responses: {
        200: { description: 'All of them took part already.', schema: 'ParticipantList' },
        201: { description: 'The participants.', schema: 'ParticipantList' },
      },
    },
    listParticipants: {
      summary: 'List participants',
      description: [
        'By user id. In channels and public threads this is for the owner and moderators.',
      ],
      query: 'ParticipantListQuery',
      responses: { 200: { description: 'A page of participants.', schema: 'ParticipantPage' } },
    },
    getParticipant: {
      summary: 'Read a participant',
      responses: { 200: { description: 'The participant.', schema: 'Participant' } },
    },
    updateParticipant: {
      summary: 'Change a participant',
      description: [
        'The owner sets roles; the owner and moderators mute, ban and let in again;',
        'everybody pins a thread and sets its notifications for themselves.',
      ],
      body: { schema: 'ParticipantPatch', example: { role: 'moderator' } },
      responses: { 200: { description: 'The participant.', schema: 'Participant' } },
    },
    removeParticipant: {
      summary: 'Remove a participant',
      description: ['What they wrote stays. With your own id you leave.'],
      responses: { 204: { description: 'The user does not take part.' } },
    },
    joinThread: {
      summary: 'Join a public thread or channel',
      responses: { 200: { description: 'Your participation.', schema: 'Participant' } },
    },
    leaveThread: {
      summary: 'Leave a thread',
      description: [
        'In a direct thread this hides it until somebody writes; it is deleted when both have left.',
      ],
      responses: { 204: { description: 'You do not take part.' } },
    },
    handOverThread: {
      summary: 'Hand a group or channel over',
      description: [
        'The owner offers it to a participant, who accepts with the same request and their own id.',
        'The owner takes the offer back with theirs.',
      ],
      body: { schema: 'HandOver', example: { userId: 'grace' } },
      responses: { 200: { description: 'The thread.', schema: 'Thread' } },
    },
    openDirectThread: {
      summary: 'Open the direct thread with a user',
      description: ['The one thread of the two of you, made if there is none.'],
      responses: {
        200: { description: 'It existed already.', schema: 'Thread' },
        201: { description: 'The new thread.', schema: 'Thread' },
      },
    },
  },
} as const;

interface AddParticipants {
  readonly participants: readonly NewParticipant[];
}

interface ParticipantList {
  readonly data: readonly Participant[];
}

interface ParticipantTypes {
  readonly schemas: {
    readonly AddParticipants: AddParticipants;
    readonly Participant: Participant;
    readonly ParticipantList: ParticipantList;
    readonly ParticipantPage: Page<Participant>;
    readonly ParticipantPatch: ParticipantPatch;
    readonly HandOver: HandOver;
    readonly Thread: Thread;
  };
  readonly queries: { readonly ParticipantListQuery: ParticipantListOptions };
}

export type ParticipantNoun = WithVerbs<
  NounOf<typeof participantEndpoints, typeof participantTable, ParticipantTypes>,
  typeof participantVerbs,
  { readonly participants: ParticipantsApi; readonly direct: DirectApi }
>;
