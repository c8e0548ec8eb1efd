import { z } from 'zod';
import { answerRules, participantRoles, type NewParticipant } from '../../api/participation.ts';
import { onlyIf, shortTextField } from './fields.ts';

const agentIds = { pattern: '^agent:' };
const plain = { const: 'participant' }; // an agent moderates nothing

/** Who is added to a thread, or takes part from its beginning. */
export const newParticipantSchema: z.ZodType<NewParticipant> = z
  .strictObject({
    userId: shortTextField(),
    role: z.enum(participantRoles).describe('Default participant.').exactOptional(),
    answers: z
      .enum(answerRules)
      .describe('Of agents only: when it answers by itself. Default mentioned.')
      .exactOptional(),
  })
  .meta({
    allOf: [
      onlyIf('answers', { userId: agentIds }),
      { anyOf: [{ properties: { userId: { not: agentIds } } }, { properties: { role: plain } }] },
    ],
  });
