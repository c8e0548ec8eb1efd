import { timePattern } from '../../shared/iso-time.ts';
import { z } from 'zod';
import type { ParticipantNoun } from '../../api/operations/participants.ts';
import type {
  Participant,
  ParticipantListOptions,
  ParticipantPatch,
} from '../../api/participant.ts';
import {
  answerRules,
  notifyLevels,
  participantRoles,
  participantStates,
} from '../../api/participation.ts';
import { shortTextField, timeField, threadIdField } from './fields.ts';
import { newParticipantSchema } from './new-participant.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';
import { threadSchema } from './threads.ts';

const participantSchema: z.ZodType<Participant> = z.looseObject({
  threadId: threadIdField,
  userId: z.string(),
  role: z.enum(['owner', ...participantRoles]),
  state: z.enum(participantStates),
  mutedUntil: timeField.exactOptional(),
  answers: z.enum(answerRules).exactOptional(),
  joinedAt: timeField,
  addedBy: z.string().exactOptional(),
  notify: z.enum(notifyLevels).describe('Only you are told.').exactOptional(),
  pinned: z.boolean().describe('Only you are told.').exactOptional(),
});

const participantPatch: z.ZodType<ParticipantPatch> = z.strictObject({
  role: z.enum(participantRoles).exactOptional(),
  state: z.enum(['joined', 'banned']).exactOptional(),
  mutedUntil: z
    .string()
    .meta({ format: 'date-time', pattern: timePattern })
    .nullable()
    .describe('ISO 8601. Until then the user may read and not write; null ends it.')
    .exactOptional(),
  answers: z.enum(answerRules).exactOptional(),
  notify: z.enum(notifyLevels).exactOptional(),
  pinned: z.boolean().exactOptional(),
});

const listQuery: z.ZodType<ParticipantListOptions> = z.strictObject({
  ...pageParameters,
  state: z.enum(participantStates).describe('Default joined.').exactOptional(),
});

export const participantSchemas: NounSchemas<ParticipantNoun> = {
  schemas: {
    AddParticipants: z.strictObject({ participants: z.array(newParticipantSchema).max(100) }),
    Participant: participantSchema,
    ParticipantList: z.looseObject({ data: z.array(participantSchema) }),
    ParticipantPage: pageOf(participantSchema),
    ParticipantPatch: participantPatch,
    HandOver: z.strictObject({ userId: shortTextField() }),
    Thread: threadSchema,
  },
  queries: { ParticipantListQuery: listQuery },
};
