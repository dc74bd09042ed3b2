import { command } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { saveSessionsEnded } from './session.store.ts';
import type { EndedSession } from './sign-out.command.ts';

/**
 * Ends one of the person's own sessions, here or on another device: its next call is refused, its streams close, its
 * tokens are of no more use. Refuses with `OBJECT_NOT_FOUND` what is another's, or over already.
 */
export const endSession = command(
  'auth.endSession',
  async (tx, { sessionId }: { sessionId: string }, { viewer, now }) => {
    const { userId } = orThrow(requireUser(viewer));
    const ended = await saveSessionsEnded(tx, { userId, sessionId }, now, 'ended_by_person');
    if (ended.length === 0) orThrow(refuse('OBJECT_NOT_FOUND', {}));
    const result: EndedSession = { sessionId, endedAt: now };
    return {
      result,
      events: [
        {
          name: 'session.ended',
          subject: { type: 'session', id: sessionId },
          audience: [userId],
          data: { reason: 'ended_by_person' },
        },
      ],
    };
  },
);
