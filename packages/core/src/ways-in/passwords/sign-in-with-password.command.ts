import type { Tx } from '@errand-dash/db';
import { hashDeviceId } from '../../auth/index.ts';
import { after } from '../../clock.ts';
import { type Command, type CommandContext, type CommandOutcome, ceremony } from '../../command.ts';
import { networkOf } from '../../network-of.rules.ts';
import { refuse } from '../../refusal.ts';
import { tellingRefusals } from '../../tell-refusal.ts';
import { NOBODY } from '../../users/index.ts';
import { lockEntry } from '../lock-entry.ts';
import { requirePasswords } from '../require-way-in.ts';
import { beginSecondFactor, type SecondFactorChallenge } from '../second-factors/begin-second-factor.ts';
import { findSecondFactors } from '../second-factors/second-factor-kinds.ts';
import { normalizePassword } from './password.rules.ts';
import {
  countTry,
  findBucket,
  findPersonByName,
  forgetTries,
  type PasswordPerson,
} from './password.store.ts';

export interface SignInWithPassword {
  /** A handle, or a verified email address. */
  name: string;
  password: string;
  deviceId: string;
  /** Empty where it is not known. */
  networkAddress: string;
}

/**
 * The first step of a sign-in by password; the second is always a second factor. Who is not known, who has no password
 * or no second factor, who is suspended, and a wrong password are one refusal after the same work. Tries are counted
 * for a name and a network, or a device from which its person signed in before, so that nobody keeps another out.
 * Refuses with `WAY_IN_OFF`, `PASSWORD_SIGN_IN_REFUSED`, `RATE_LIMITED` or `SERVICE_BUSY`.
 */
export const signInWithPassword: Command<SignInWithPassword, SecondFactorChallenge> = async (
  core,
  call,
  input,
) => {
  const telling = <R>(work: () => Promise<R>) => tellingRefusals(core, call, NAME, work);
  const { hasher } = await telling(async () => requirePasswords(core));
  const attempt = await beginAttempt(core, call, input);
  // Outside of any transaction: it takes long, and only so many at once.
  const phc = attempt.person?.phc ?? null;
  const isRight = await telling(() => hasher.verify(phc, normalizePassword(input.password)));
  return finishAttempt(core, call, { ...input, ...attempt, isRight });
};

const NAME = 'auth.signInWithPassword';

interface Attempt {
  person: PasswordPerson | null;
  bucket: Buffer;
}

/** By a name of its own, since what is done by it is that a try was counted, and nobody is signed in. */
const beginAttempt = ceremony(
  'auth.countPasswordTry',
  async (tx, input: SignInWithPassword, context): Promise<CommandOutcome<Attempt>> => {
    const { core, now, policy } = context;
    const person = await findPersonByName(tx, core, input.name);
    const bucket = await findBucket(tx, core, {
      name: input.name,
      userId: person?.userId ?? NOBODY,
      deviceIdHash: hashDeviceId(input.deviceId),
      network: networkOf(input.networkAddress),
    });
    const windowEndsAt = after(now, policy.waysIn.passwordWindowSeconds);
    const counted = await countTry(tx, bucket, { now, windowEndsAt });
    if (counted.tries <= policy.waysIn.passwordTriesMax) return { result: { person, bucket } };
    note(context, person, 'too many tries');
    const seconds = Math.ceil((counted.windowEndsAt.getTime() - now.getTime()) / 1000);
    return { refusal: refuse('RATE_LIMITED', { retryAfterSeconds: Math.max(1, seconds) }) };
  },
);

interface TriedPassword extends SignInWithPassword, Attempt {
  isRight: boolean;
}

const finishAttempt = ceremony(
  NAME,
  async (tx, input: TriedPassword, context): Promise<CommandOutcome<SecondFactorChallenge>> => {
    const { person, deviceId } = input;
    if (person === null) return refused(context, null, 'nobody is called so');
    if (!input.isRight) return refused(context, person, 'the password is wrong');
    await forgetTries(tx, input.bucket);
    // Whoever changes the password meanwhile waits, and then ends what is begun here.
    const problem = await lockEntry(tx, context, person.userId);
    if (problem !== null) return refused(context, person, problem);
    if (!(await isSamePassword(tx, context, input.name, person))) {
      return refused(context, person, 'the password is another by now');
    }
    const { userId } = person;
    const kinds = await findSecondFactors(tx, userId, context);
    if (kinds.length === 0) return refused(context, person, 'there is no second factor');
    return { result: await beginSecondFactor(tx, context, { userId, deviceId, purpose: 'password', kinds }) };
  },
);

async function isSamePassword(
  tx: Tx,
  { core }: CommandContext,
  name: string,
  { userId, phc }: PasswordPerson,
): Promise<boolean> {
  const person = await findPersonByName(tx, core, name);
  return person?.userId === userId && person.phc === phc;
}

/** The reason is in the audit log alone. */
function refused(context: CommandContext, person: PasswordPerson | null, reason: string) {
  note(context, person, reason);
  return { refusal: refuse('PASSWORD_SIGN_IN_REFUSED', {}) };
}

function note({ audit }: CommandContext, person: PasswordPerson | null, reason: string): void {
  audit({ subjects: person === null ? [] : [{ type: 'user', id: person.userId }], data: { reason } });
}
