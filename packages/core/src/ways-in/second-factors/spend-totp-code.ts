import type { Tx } from '@errand-dash/db';
import type { Core } from '../../core.ts';
import { findDataKeys } from '../../find-data-keys.ts';
import { open, type SealedPlace } from '../../sealing.ts';
import { advanceTotpStep, lockTotp, type TotpFactor } from './totp.store.ts';
import { findTotpStep } from './totp-code.ts';

/** Takes the code of a person's authenticator app. False where it is not right now, or it or a later one was taken. */
export async function spendTotpCode(
  tx: Tx,
  core: Core,
  userId: string,
  code: string,
  now: Date,
): Promise<boolean> {
  const factor = await lockTotp(tx, userId);
  if (factor === null || factor.confirmedAt === null) return false;
  const step = await findStep(tx, core, factor, code, now);
  return step !== null && (await advanceTotpStep(tx, userId, step));
}

/** The step of time whose code this is by the secret of this app; or null. */
export async function findStep(
  tx: Tx,
  core: Core,
  factor: TotpFactor,
  code: string,
  now: Date,
): Promise<bigint | null> {
  const key = (await findDataKeys(tx, core, [factor.userId])).get(factor.userId);
  if (key === undefined) return null;
  return findTotpStep(open([key], totpPlace(factor.id), factor.secretSealed), code, now);
}

/** Where the secret of an authenticator app is sealed. */
export const totpPlace = (factorId: string): SealedPlace => ({
  table: 'totp_factors',
  row: factorId,
  column: 'secret_sealed',
});
