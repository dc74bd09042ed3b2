import type { EndAllSessions } from '@errand-dash/contract';
import { command } from '../../command.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { saveSessionsEnded } from './session.store.ts';

/** Ends the person's sessions, all of them or all but the one that asks. They are told of together. */
export const endAllSessions = command(
  'auth.endAllSessions',
  async (tx, { which }: EndAllSessions, { viewer, now }) => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const own = which === 'all' ? { userId } : { userId, exceptSessionId: sessionId };
    const { length: endedCount } = await saveSessionsEnded(tx, own, now, 'ended_by_person');
    const event = {
      name: 'user.sessions_ended' as const,
      subject: { type: 'user', id: userId },
      audience: [userId],
      data: { which, endedCount },
    };
    return { result: { endedCount }, events: endedCount === 0 ? [] : [event] };
  },
);
