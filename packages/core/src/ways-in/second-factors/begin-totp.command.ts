import { ceremony } from '../../command.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { seal } from '../../sealing.ts';
import { getPerson, lockOwnAccount, requireSettled } from '../../users/index.ts';
import { requireFreshSession } from '../fresh-session.ts';
import { requireSecondFactors } from '../require-way-in.ts';
import { totpPlace } from './spend-totp-code.ts';
import { saveBegunTotp } from './totp.store.ts';
import { presentTotpSecret, TOTP_SECRET_BYTES } from './totp-code.ts';

/**
 * Makes the secret of an authenticator app, which is shown this once and is of no use until a code of it confirms it.
 * Refuses with `WAY_IN_OFF`, `SESSION_NOT_FRESH`, `ACCOUNT_COOLING`, and `TOTP_ENROLLED` where one is confirmed.
 */
export const beginTotp = ceremony('auth.beginTotp', async (tx, _input: Record<string, never>, context) => {
  requireSecondFactors(context.core);
  const viewer = await requireFreshSession(tx, context);
  const { userId } = viewer;
  await lockOwnAccount(tx, viewer);
  await requireSettled(tx, userId, context.now);
  const secret = context.random(TOTP_SECRET_BYTES);
  const id = context.newId();
  const isSaved = await saveBegunTotp(tx, {
    id,
    userId,
    secretSealed: seal(context.dataKey(), totpPlace(id), secret, context.random),
    begunAt: context.now,
  });
  if (!isSaved) orThrow(refuse('TOTP_ENROLLED', {}));
  const { handle } = await getPerson(tx, context.core.keyring, userId);
  return { result: presentTotpSecret(secret, handle) };
});
