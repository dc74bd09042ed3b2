import type { CompiledQuery } from 'kysely';
import { after } from '../../clock.ts';
import type { CommandContext, CommandEvent } from '../../command.ts';
import type { SealingKey } from '../../sealing.ts';
import type { Me } from '../../users/index.ts';
import { signAccessToken } from './access-token.ts';
import { sealNetworkAddress } from './network-address.ts';
import { idleExpiry } from './refresh.rules.ts';
import { hashDeviceId, makeRefreshToken, type RefreshToken } from './refresh-token.ts';
import { sessionInsertion } from './session.store.ts';

/** What a device keeps to stay signed in. */
export interface Tokens {
  sessionId: string;
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
}

/** On which device a person signs in, and from where. */
export interface DevicePlace {
  deviceId: string;
  /** What the device calls itself. */
  userAgent: string;
  /** Empty where it is not known. */
  networkAddress: string;
}

/** A person who has just signed in, with what his device keeps. */
export interface SignedIn {
  tokens: Tokens;
  user: Me;
}

export interface SessionStart extends DevicePlace {
  person: Me;
  /** Null where it was not by a passkey. */
  passkeyId: string | null;
  /** The person's, with which the network address is sealed. */
  dataKey: SealingKey;
}

/** Begins a session after somebody was found to be this person: what it answers, tells and writes. */
export async function startSession(
  context: CommandContext,
  given: SessionStart,
): Promise<{ result: SignedIn; event: CommandEvent; writes: CompiledQuery[] }> {
  const { core, now, policy } = context;
  const sessionId = context.newId();
  const token = makeRefreshToken(context.random);
  const absoluteExpiresAt = after(now, policy.auth.refreshAbsoluteSeconds);
  const idleExpiresAt = idleExpiry(now, absoluteExpiresAt, policy.auth);
  const { person, passkeyId, userAgent } = given;
  const { userId } = person;
  const deviceIdHash = hashDeviceId(given.deviceId);
  const session = {
    sessionId,
    userId,
    passkeyId,
    deviceIdHash,
    userAgent,
    networkAddressSealed: sealNetworkAddress(core, given.dataKey, sessionId, given.networkAddress),
    now,
    idleExpiresAt,
    absoluteExpiresAt,
  };
  const tokens = await makeTokens(context, { sessionId, userId, idleExpiresAt }, token);
  return {
    writes: [sessionInsertion(session, token)],
    result: { tokens, user: person },
    event: {
      name: 'session.started',
      subject: { type: 'session', id: sessionId },
      audience: [userId],
      data: { passkeyId },
    },
  };
}

/** The tokens of a session: this refresh token and a fresh access token. */
export async function makeTokens(
  context: CommandContext,
  session: { sessionId: string; userId: string; idleExpiresAt: Date },
  token: RefreshToken,
): Promise<Tokens> {
  const { sessionId, userId } = session;
  const { accessToken, expiresAt } = await signAccessToken(context.core.auth, {
    userId,
    sessionId,
    tokenId: context.newId(),
    now: context.now,
    lifetimeSeconds: context.policy.auth.accessTokenSeconds,
  });
  return {
    sessionId,
    accessToken,
    accessTokenExpiresAt: expiresAt,
    refreshToken: token.text,
    refreshTokenExpiresAt: session.idleExpiresAt,
  };
}
