import type { Approval } from '@errand-dash/contract';
import { requireApproval } from '../../approvals/index.ts';
import { saveSessionsEnded } from '../../auth/index.ts';
import type { Call } from '../../claim.ts';
import { type Command, type CommandOutcome, command } from '../../command.ts';
import type { Core } from '../../core.ts';
import { query } from '../../query.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { blindIndex } from '../../sealing.ts';
import { tellingRefusals } from '../../tell-refusal.ts';
import { findAccountChangeRefusal, getPerson, requireUser } from '../../users/index.ts';
import { requirePasswords } from '../require-way-in.ts';
import { consumeOpenChallenges } from '../second-factors/second-factor.store.ts';
import { findSecondFactors } from '../second-factors/second-factor-kinds.ts';
import { isBreachedPassword } from './breached-passwords.ts';
import { decidePassword, refusePassword } from './password.rules.ts';
import { savePassword } from './password.store.ts';
import { signedPassword } from './signed-password.ts';

export interface SetPassword {
  newPassword: string;
  approval: Approval;
}

/** Whether and since when a person has a password. */
export interface PasswordState {
  passwordSetAt: Date | null;
}

/**
 * Sets or changes the password of the person who calls, signed by a passkey over exactly this password, and ends all
 * his other sessions. Refuses with `WAY_IN_OFF`, `PASSWORD_UNUSABLE`, `SERVICE_BUSY`, `SIGNATURE_REFUSED`,
 * `ACCOUNT_COOLING`, and `SECOND_FACTOR_MISSING` where the person has no second factor, without which he could not sign in by it.
 */
export const setPassword: Command<SetPassword, PasswordState> = async (core, call, input) => {
  // Before the transaction, which would else hold its connection for as long as hashing takes.
  const hashed = await tellingRefusals(core, call, signedPassword.name, () => hash(core, call, input));
  return keepPassword(core, call, { ...input, ...hashed });
};

async function hash(core: Core, call: Call, { newPassword }: SetPassword) {
  const { hasher, breachedFile } = requirePasswords(core);
  const policy = core.policy.waysIn;
  const names = await findNames(core, call, {});
  const password = orThrow(decidePassword(newPassword, names, policy));
  if (breachedFile !== null && (await isBreached(breachedFile, password, newPassword))) {
    orThrow(refusePassword('breached', policy));
  }
  const { caller } = call;
  const identity = blindIndex(core.keyring, 'commands.set_password', JSON.stringify([caller, password]));
  return { phc: await hasher.hash(password), identity: identity.toString('base64url') };
}

/** The lists have passwords as they were typed. */
async function isBreached(file: string, password: string, typed: string): Promise<boolean> {
  if (await isBreachedPassword(file, password)) return true;
  return typed !== password && isBreachedPassword(file, typed);
}

const findNames = query('auth.setPassword', async (db, _input: Record<string, never>, { viewer, core }) => {
  const { userId } = orThrow(requireUser(viewer));
  const { handle, displayName } = await getPerson(db, core.keyring, userId);
  return [handle, displayName];
});

interface KeepPassword extends SetPassword {
  phc: string;
  identity: string;
}

/**
 * Its own command and no `signedCommand`, because what makes two calls the same call is stored as a plain hash: here
 * it is the HMAC of the password under the server's key, never the password.
 */
const keepPassword = command(
  signedPassword.name,
  async (tx, input: KeepPassword, context): Promise<CommandOutcome<PasswordState>> => {
    const { newPassword, approval, phc } = input;
    const refusal = await requireApproval(tx, context, signedPassword, { newPassword }, approval);
    if (refusal !== null) return { refusal };
    const { userId, sessionId } = orThrow(requireUser(context.viewer));
    const { now, random } = context;
    const cooling = await findAccountChangeRefusal(tx, context.viewer, now);
    if (cooling !== null) return { refusal: cooling };
    const kinds = await findSecondFactors(tx, userId, context);
    if (kinds.length === 0) return { refusal: refuse('SECOND_FACTOR_MISSING', {}) };
    await consumeOpenChallenges(tx, userId, 'password', now);
    const { isFirst } = await savePassword(tx, { userId, phc, key: context.dataKey(), now }, random);
    // Whoever got in by what this password replaces is out (OWASP ASVS 5.0, 7.4.3).
    const others = { userId, exceptSessionId: sessionId };
    const sessionsEnded = (await saveSessionsEnded(tx, others, now, 'password_set')).length;
    return {
      result: { passwordSetAt: now },
      events: [
        {
          name: 'user.password_set',
          subject: { type: 'user', id: userId },
          audience: [userId],
          data: { isFirst, sessionsEnded },
        },
      ],
    };
  },
  ({ identity }) => ({ identity }),
);
