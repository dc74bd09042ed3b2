import { secondFactorKinds, type WaysIn } from '@errand-dash/contract';
import type { Core } from '../core.ts';
import { query } from '../query.ts';
import { orThrow } from '../refusal.ts';
import { requireUser } from '../users/index.ts';
import { findIdentities, type LinkedIdentity } from './identity-providers/identity.store.ts';
import { findPasswordSetAt } from './passwords/password.store.ts';
import { areSecondFactorsOn } from './require-way-in.ts';
import { findTotpConfirmedAt } from './second-factors/totp.store.ts';

/** The ways in that are switched on here, beside passkeys. */
export const getWaysIn = (core: Pick<Core, 'waysIn'>): WaysIn => ({
  hasPasswords: core.waysIn.passwords !== null,
  identityProviders: core.waysIn.identityProviders.map(({ id, name }) => ({ provider: id, name })),
  secondFactorKinds: areSecondFactorsOn(core) ? [...secondFactorKinds] : [],
});

/** By what a person may sign in, beside passkeys. */
export interface OwnWaysIn {
  passwordSetAt: Date | null;
  totpConfirmedAt: Date | null;
  identities: LinkedIdentity[];
}

/** By what the person who asks may sign in, whether or not it is switched on. Refuses with `SESSION_MISSING`. */
export const getMyWaysIn = query(
  'auth.myWaysIn',
  async (db, _input: Record<string, never>, { viewer }): Promise<OwnWaysIn> => {
    const { userId } = orThrow(requireUser(viewer));
    return {
      passwordSetAt: await findPasswordSetAt(db, userId),
      totpConfirmedAt: await findTotpConfirmedAt(db, userId),
      identities: await findIdentities(db, userId),
    };
  },
);
