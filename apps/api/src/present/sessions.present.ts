import { type EndedSession, formatId, type Session } from '@errand-dash/contract';
import type { EndedSession as Ended, SessionView } from '@errand-dash/core';

export const presentSession = (session: SessionView): Session => ({
  ...session,
  sessionId: formatId('session', session.sessionId),
  passkeyId: session.passkeyId === null ? null : formatId('passkey', session.passkeyId),
});

export const presentEndedSession = ({ sessionId, endedAt }: Ended): EndedSession => ({
  sessionId: formatId('session', sessionId),
  endedAt,
});
