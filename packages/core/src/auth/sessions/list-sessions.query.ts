import { query } from '../../query.ts';
import { orThrow } from '../../refusal.ts';
import { requireUser } from '../../users/index.ts';
import { openNetworkAddress } from './network-address.ts';
import { findLiveSessions } from './session.store.ts';

/** One device that is signed in, as its person sees it. */
export interface SessionView {
  sessionId: string;
  userAgent: string;
  networkAddress: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  passkeyId: string | null;
  isCurrent: boolean;
}

/** The sessions of the person who asks that still live, the most recently used first, 100 at most. */
export const listSessions = query(
  'auth.listSessions',
  async (db, _input: Record<string, never>, { viewer, now, dataKey }): Promise<SessionView[]> => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const sessions = await findLiveSessions(db, userId, now, SESSIONS_MAX);
    return sessions.map(({ networkAddressSealed, ...session }) => ({
      ...session,
      networkAddress: openNetworkAddress(dataKey(), session.sessionId, networkAddressSealed),
      isCurrent: session.sessionId === sessionId,
    }));
  },
);

const SESSIONS_MAX = 100;
