import { findOwnPasskeys, findSessionPasskey, type OwnPasskey } from '../auth/index.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';

/** One of a person's own passkeys, as he sees it. */
export interface PasskeyView extends OwnPasskey {
  /** Whether the session that asks was signed in with it. */
  isCurrent: boolean;
}

/** The passkeys of the person who asks, oldest first. */
export const listPasskeys = query(
  'auth.listPasskeys',
  async (db, _input: Record<string, never>, { viewer }): Promise<PasskeyView[]> => {
    const { userId, sessionId } = orThrow(requireUser(viewer));
    const current = await findSessionPasskey(db, sessionId);
    const own = await findOwnPasskeys(db, userId);
    return own.map((passkey) => ({ ...passkey, isCurrent: passkey.passkeyId === current }));
  },
);
