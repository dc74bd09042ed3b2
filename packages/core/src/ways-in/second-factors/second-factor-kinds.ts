import { secondFactorKinds as kinds, type SecondFactorKind } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import { findPasskeysByUser, lockPasskeys } from '../../auth/index.ts';
import type { CommandContext, CommandEvent } from '../../command.ts';
import { countRecoveryCodes, findRecoveryFactors, spendRecoveryCode } from '../../users/index.ts';
import { hasCodeToSpare } from './second-factor.rules.ts';
import { spendTotpCode } from './spend-totp-code.ts';
import { findTotpConfirmedAt } from './totp.store.ts';

type Context = Pick<CommandContext, 'core' | 'now' | 'policy'>;

/** What a sign-in by password or identity provider may ask for beside. */
interface SecondFactor {
  /** Whether a person has it ready. */
  isEnrolled: (db: Db, userId: string, context: Context) => Promise<boolean>;
  /** Takes a code, each at most once. False where it is not right, or was taken. */
  spend: (tx: Tx, context: Context, userId: string, code: string) => Promise<boolean>;
  /** What the person is told beside that he signed in, once a code was taken. */
  tell: (db: Db, userId: string) => Promise<CommandEvent[]>;
}

/** Every kind of the contract. One without its row does not compile. */
export const secondFactors: Readonly<Record<SecondFactorKind, SecondFactor>> = {
  totp: {
    isEnrolled: async (db, userId) => (await findTotpConfirmedAt(db, userId)) !== null,
    spend: (tx, { core, now }, userId, code) => spendTotpCode(tx, core, userId, code, now),
    tell: async () => [],
  },
  recovery_code: {
    isEnrolled: async (db, userId, { now, policy }) => {
      const passkeys = await findPasskeysByUser(db, userId);
      return hasCodeToSpare(await findRecoveryFactors(db, userId, policy.recovery), passkeys.length, now);
    },
    spend: async (tx, { core, now, policy }, userId, code) => {
      // Locked, so that the last passkey does not go meanwhile because there is this code.
      const passkeys = await lockPasskeys(tx, userId);
      const factors = await findRecoveryFactors(tx, userId, policy.recovery);
      const isSpare = hasCodeToSpare(factors, passkeys.length, now);
      return isSpare && spendRecoveryCode(tx, { core, now }, userId, code);
    },
    tell: async (db, userId) => [
      {
        name: 'user.recovery_code_spent',
        subject: { type: 'user', id: userId },
        audience: [userId],
        data: { codesLeft: await countRecoveryCodes(db, userId) },
      },
    ],
  },
};

/** The kinds that a person has ready, in the order of the contract. */
export async function findSecondFactors(
  db: Db,
  userId: string,
  context: Context,
): Promise<SecondFactorKind[]> {
  const ready: SecondFactorKind[] = [];
  for (const kind of kinds) {
    if (await secondFactors[kind].isEnrolled(db, userId, context)) ready.push(kind);
  }
  return ready;
}
