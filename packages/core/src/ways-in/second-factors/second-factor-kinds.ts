import { secondFactorKinds as kinds, type SecondFactorKind } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import type { Core } from '../../core.ts';
import { spendTotpCode } from './spend-totp-code.ts';
import { findTotpConfirmedAt } from './totp.store.ts';

/** What a sign-in by password or identity provider may ask for beside. */
interface SecondFactor {
  /** Whether a person has it ready. */
  isEnrolled: (db: Db, userId: string) => Promise<boolean>;
  /** Takes a code, each at most once. False where it is not right, or was taken. */
  spend: (tx: Tx, core: Core, userId: string, code: string, now: Date) => Promise<boolean>;
}

/** Every kind of the contract. One without its row does not compile. */
export const secondFactors: Readonly<Record<SecondFactorKind, SecondFactor>> = {
  totp: {
    isEnrolled: async (db, userId) => (await findTotpConfirmedAt(db, userId)) !== null,
    spend: spendTotpCode,
  },
};

/** The kinds that a person has ready, in the order of the contract. */
export async function findSecondFactors(db: Db, userId: string): Promise<SecondFactorKind[]> {
  const ready: SecondFactorKind[] = [];
  for (const kind of kinds) {
    if (await secondFactors[kind].isEnrolled(db, userId)) ready.push(kind);
  }
  return ready;
}
