import type { SecondFactorKind } from '@errand-dash/contract';
import type { Tx } from '@errand-dash/db';
import { hashDeviceId } from '../../auth/index.ts';
import { after } from '../../clock.ts';
import type { CommandContext } from '../../command.ts';
import { saveChallenge } from './second-factor.store.ts';

/** What is still asked for after the first step of a sign-in. Nobody is signed in by it. */
export interface SecondFactorChallenge {
  secondFactorId: string;
  kinds: readonly SecondFactorKind[];
  triesLeft: number;
  expiresAt: Date;
}

/** Asks the person on this device for one of these second factors, of which there is at least one. */
export async function beginSecondFactor(
  tx: Tx,
  { newId, now, policy }: CommandContext,
  given: {
    userId: string;
    purpose: 'password' | 'identity';
    deviceId: string;
    kinds: readonly SecondFactorKind[];
  },
): Promise<SecondFactorChallenge> {
  const { userId, purpose, kinds } = given;
  const secondFactorId = newId();
  const triesLeft = policy.waysIn.secondFactorTriesMax;
  const expiresAt = after(now, policy.waysIn.secondFactorSeconds);
  await saveChallenge(tx, {
    id: secondFactorId,
    userId,
    purpose,
    deviceIdHash: hashDeviceId(given.deviceId),
    triesLeft,
    createdAt: now,
    expiresAt,
    consumedAt: null,
  });
  return { secondFactorId, kinds, triesLeft, expiresAt };
}
