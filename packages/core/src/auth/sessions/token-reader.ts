import { type Decision, isRefusal } from '../../refusal.ts';
import type { AuthSettings } from '../auth-settings.ts';
import { type AccessTokenClaims, verifyAccessToken } from './access-token.ts';

/** Reads an access token as `verifyAccessToken` does. Refuses with `ACCESS_TOKEN_INVALID`. */
export type TokenReader = (token: string, now: Date) => Promise<Decision<AccessTokenClaims>>;

/** How many tokens one process remembers, at about a kilobyte each. */
const REMEMBERED_MAX = 10_000;

/**
 * A reader for one process, which remembers what it has verified by the whole string of the token until that expires:
 * the same person calls again and again within its ten minutes, and the signature costs more than all else in telling who
 * calls. Nothing is taken that would not have been, since a signature does not change; the time is looked at each time.
 * Whether the session still lives is seen at the claim, as ever.
 */
export function createTokenReader(
  settings: Pick<AuthSettings, 'accessTokenKeys' | 'issuer' | 'audience'>,
  rememberedMax = REMEMBERED_MAX,
): TokenReader {
  const remembered = new Map<string, AccessTokenClaims>();
  return async (token, now) => {
    const known = remembered.get(token);
    if (known !== undefined && isWithin(known, now)) return known;
    const claims = await verifyAccessToken(token, { ...settings, now });
    if (isRefusal(claims)) {
      remembered.delete(token);
      return claims;
    }
    // A map keeps the order in which its members came, so the first has been there longest.
    const [oldest] = remembered.size >= rememberedMax ? remembered.keys() : [];
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, claims);
    return claims;
  };
}

/** A clock that was set back is not decided upon here. */
const isWithin = ({ issuedAt, expiresAt }: AccessTokenClaims, now: Date): boolean =>
  issuedAt <= now && now < expiresAt;
