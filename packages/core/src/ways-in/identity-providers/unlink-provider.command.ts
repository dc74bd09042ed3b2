import { findPasskeysByUser, saveSessionsEnded } from '../../auth/index.ts';
import { command } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { lockOwnAccount, requireSettled } from '../../users/index.ts';
import { requireFreshSession } from '../fresh-session.ts';
import { consumeOpenChallenges } from '../second-factors/second-factor.store.ts';
import { deleteIdentity, findIdentities } from './identity.store.ts';

/**
 * Takes an identity away from the account, also where its provider is switched off by now, and ends all the person's
 * other sessions. Refuses with
 * `SESSION_NOT_FRESH`, `ACCOUNT_COOLING`, `OBJECT_NOT_FOUND`, and `WAY_IN_LAST` where nothing else would lead into the account: without
 * a passkey there is no password either.
 */
export const unlinkProvider = command(
  'auth.unlinkProvider',
  async (tx, { identityId }: { identityId: string }, context) => {
    const viewer = await requireFreshSession(tx, context);
    const { userId, sessionId } = viewer;
    await lockOwnAccount(tx, viewer);
    await requireSettled(tx, userId, context.now);
    const isDeleted = await deleteIdentity(tx, identityId, userId);
    if (!isDeleted) return orThrow(refuse('OBJECT_NOT_FOUND', {}));
    await consumeOpenChallenges(tx, userId, 'identity', context.now);
    const left = await findIdentities(tx, userId);
    const passkeys = await findPasskeysByUser(tx, userId);
    if (left.length + passkeys.length === 0) return orThrow(refuse('WAY_IN_LAST', {}));
    // Whoever got in by it is out.
    const others = { userId, exceptSessionId: sessionId };
    const sessionsEnded = (await saveSessionsEnded(tx, others, context.now, 'identity_unlinked')).length;
    return {
      result: left,
      events: [
        {
          name: 'user.identity_unlinked' as const,
          subject: { type: 'user', id: userId },
          audience: [userId],
          data: { identityId, sessionsEnded },
        },
      ],
    };
  },
);
