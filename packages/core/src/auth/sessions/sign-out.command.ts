import { ceremony } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { saveSessionsEnded } from './session.store.ts';

export interface EndedSession {
  sessionId: string;
  endedAt: Date;
}

/** Ends the session of the person who calls, with all its tokens. Refuses with `SESSION_MISSING` or `SESSION_ENDED`. */
export const signOut = ceremony(
  'auth.signOut',
  async (tx, _input: Record<string, never>, { viewer, now }) => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const ended = await saveSessionsEnded(tx, { userId, sessionId }, now, 'signed_out');
    if (ended.length === 0) orThrow(refuse('SESSION_ENDED', {}));
    const result: EndedSession = { sessionId, endedAt: now };
    return {
      result,
      events: [
        {
          name: 'session.ended',
          subject: { type: 'session', id: sessionId },
          audience: [userId],
          data: { reason: 'signed_out' },
        },
      ],
    };
  },
);
