import type { KeyObject } from 'node:crypto';
import { type JWK, jwtVerify, SignJWT } from 'jose';
import { type Decision, refuse } from '../../refusal.ts';
import type { AccessTokenKey, AuthSettings } from '../auth-settings.ts';

/** What an access token says: who, in which session, until when. Roles are not in it, they are looked up. */
export interface AccessTokenClaims {
  userId: string;
  sessionId: string;
  tokenId: string;
  issuedAt: Date;
  expiresAt: Date;
}

/** Signs an access token (RFC 9068, EdDSA) that lives for so many seconds from `now`. */
export async function signAccessToken(
  settings: Pick<AuthSettings, 'accessTokenKeys' | 'issuer' | 'audience'>,
  given: { userId: string; sessionId: string; tokenId: string; now: Date; lifetimeSeconds: number },
): Promise<{ accessToken: string; expiresAt: Date }> {
  const key = settings.accessTokenKeys[0];
  const issuedAt = Math.floor(given.now.getTime() / 1000);
  const expiresAt = issuedAt + given.lifetimeSeconds;
  const accessToken = await new SignJWT({ sid: given.sessionId })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: key.id })
    .setIssuer(settings.issuer)
    .setAudience(settings.audience)
    .setSubject(given.userId)
    .setJti(given.tokenId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key.privateKey);
  return { accessToken, expiresAt: new Date(expiresAt * 1000) };
}

/** With what an access token is verified: `{ ...core.auth, now }`. */
export interface AccessTokenExpectations {
  accessTokenKeys: readonly Pick<AccessTokenKey, 'id' | 'publicKey'>[];
  issuer: string;
  audience: string;
  now: Date;
}

/**
 * Reads an access token: its form first, then signature, type, issuer, audience and time, without tolerance.
 * Whether its session still lives is seen at the claim. Refuses with `ACCESS_TOKEN_INVALID`.
 */
export async function verifyAccessToken(
  token: string,
  expected: AccessTokenExpectations,
): Promise<Decision<AccessTokenClaims>> {
  if (!isWellFormed(token)) return refuse('ACCESS_TOKEN_INVALID', {});
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => keyNamed(expected, kid), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: expected.issuer,
      audience: expected.audience,
      currentDate: expected.now,
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'iat', 'exp', 'jti'],
    });
    return readClaims(payload, expected) ?? refuse('ACCESS_TOKEN_INVALID', {});
  } catch {
    return refuse('ACCESS_TOKEN_INVALID', {});
  }
}

/** The public keys by which others verify our access tokens (RFC 7517). */
export function publicJwks(settings: Pick<AuthSettings, 'accessTokenKeys'>): { keys: JWK[] } {
  return {
    keys: settings.accessTokenKeys.map(({ id, publicKey }) => ({
      ...(publicKey.export({ format: 'jwk' }) as JWK),
      kid: id,
      alg: ALGORITHM,
      use: 'sig',
    })),
  };
}

const ALGORITHM = 'EdDSA';
const TYPE = 'at+jwt';
const TOKEN_BYTES_MAX = 8192;
/** No access token of ours lives longer, whatever its own `exp` says. */
const LIFETIME_SECONDS_MAX = 600;
/** A token from an issuer whose clock is further ahead is not one of ours. */
const CLOCK_AHEAD_SECONDS_MAX = 60;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** jose 6 also takes padding, spaces and spare bits, so that one token would have many strings. */
function isWellFormed(token: string): boolean {
  if (token.length > TOKEN_BYTES_MAX || !/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token))
    return false;
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

function keyNamed(expected: AccessTokenExpectations, id: string | undefined): KeyObject {
  const key = expected.accessTokenKeys.find((candidate) => candidate.id === id);
  if (key === undefined) throw new Error('no key has this name');
  return key.publicKey;
}

function readClaims(
  payload: Record<string, unknown>,
  { audience, now }: AccessTokenExpectations,
): AccessTokenClaims | null {
  const { sub, sid, jti, iat, exp, aud } = payload;
  if (aud !== audience || typeof iat !== 'number' || typeof exp !== 'number') return null;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof jti !== 'string') return null;
  if (![sub, sid, jti].every((id) => UUID.test(id))) return null;
  if (exp - iat > LIFETIME_SECONDS_MAX || iat * 1000 > now.getTime() + CLOCK_AHEAD_SECONDS_MAX * 1000)
    return null;
  return {
    userId: sub,
    sessionId: sid,
    tokenId: jti,
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  };
}
