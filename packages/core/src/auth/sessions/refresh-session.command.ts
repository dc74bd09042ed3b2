import type { Tx } from '@errand-dash/db';
import { type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { isRefusal, orThrow, refuse } from '../../refusal.ts';
import { unwrapDataKey } from '../../sealing.ts';
import { sealNetworkAddress } from './network-address.ts';
import { decideRefresh, idleExpiry } from './refresh.rules.ts';
import { hashDeviceId, type RefreshToken, readRefreshToken, successorOf } from './refresh-token.ts';
import {
  isTokenSpent,
  type LockedFamily,
  lockFamilyByToken,
  rotateToken,
  saveSessionsEnded,
} from './session.store.ts';
import { makeTokens, type Tokens } from './start-session.ts';

export interface RefreshSession {
  refreshToken: string;
  deviceId: string;
  /** From where it is asked for; empty where that is not known. */
  networkAddress: string;
}

/**
 * Changes a refresh token for its successor and a fresh access token.
 * A spent one ends the session, and the person is told; only the device that may have lost the answer gets it
 * again, for ten seconds. Refuses with `REFRESH_TOKEN_INVALID` or `USER_SUSPENDED`.
 */
export const refreshSession = ceremony('auth.refresh', async (tx, input: RefreshSession, context) => {
  const token = readRefreshToken(input.refreshToken);
  const family = token && (await lockFamilyByToken(tx, token.hash));
  if (token === null || family === null) return { refusal: refuse('REFRESH_TOKEN_INVALID', {}) };
  context.audit({
    subjects: [
      { type: 'session', id: family.sessionId },
      { type: 'user', id: family.userId },
    ],
  });
  const decision = decideRefresh(
    {
      spentAt: family.spentAt,
      isSuccessorSpent:
        family.spentAt !== null && (await isTokenSpent(tx, family.sessionId, family.number + 1)),
      isSameDevice: hashDeviceId(input.deviceId).equals(family.deviceIdHash),
      session: family,
      isSuspended: family.suspendedAt !== null,
    },
    context.now,
    context.policy.auth,
  );
  if (isRefusal(decision)) return { refusal: decision };
  if (decision === 'endFamily') return endFamily(tx, context, family);
  return { result: await giveSuccessor(tx, context, family, { ...input, token }, decision) };
});

async function giveSuccessor(
  tx: Tx,
  context: CommandContext,
  family: LockedFamily,
  { token, networkAddress }: { token: RefreshToken; networkAddress: string },
  decision: 'rotate' | 'repeat',
): Promise<Tokens> {
  const { core, now } = context;
  const successor = successorOf(core.auth.refreshTokenKey, token, family.sessionId, family.number + 1);
  if (decision === 'repeat') return makeTokens(context, family, successor);
  const idleExpiresAt = idleExpiry(now, family.absoluteExpiresAt, context.policy.auth);
  const { userId, sessionId, wrappedKey } = family;
  const key = wrappedKey && unwrapDataKey(core.keyring, userId, wrappedKey);
  const networkAddressSealed = sealNetworkAddress(core, key, sessionId, networkAddress);
  const isRotated = await rotateToken(tx, family, successor, { now, idleExpiresAt, networkAddressSealed });
  if (!isRotated) orThrow(refuse('REFRESH_TOKEN_INVALID', {}));
  return makeTokens(context, { ...family, idleExpiresAt }, successor);
}

async function endFamily(
  tx: Tx,
  context: CommandContext,
  family: LockedFamily,
): Promise<CommandOutcome<Tokens>> {
  await saveSessionsEnded(tx, family, context.now, 'refresh_token_reused');
  context.core.log('warn', 'a spent refresh token was presented', {
    sessionId: family.sessionId,
    number: family.number,
  });
  return {
    refusal: refuse('REFRESH_TOKEN_INVALID', {}),
    events: [
      {
        name: 'session.ended',
        subject: { type: 'session', id: family.sessionId },
        audience: [family.userId],
        data: { reason: 'refresh_token_reused' },
      },
    ],
  };
}
