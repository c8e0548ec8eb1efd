import { z } from 'zod';
import { answerRules, participantRoles, type NewParticipant } from '../../api/participation.ts';
import { shortTextField } from './fields.ts';

/** Who is added to a thread, or takes part from its beginning. */
export const newParticipantSchema: z.ZodType<NewParticipant> = z.strictObject({
  userId: shortTextField(),
  role: z.enum(participantRoles).describe('Default participant.').exactOptional(),
  answers: z
    .enum(answerRules)
    .describe('Of agents: when it answers by itself. Default mentioned.')
    .exactOptional(),
});
