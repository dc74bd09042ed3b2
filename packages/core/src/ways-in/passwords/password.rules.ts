import type { Policy } from '../../policy.ts';
import { type Decision, refuse } from '../../refusal.ts';

/**
 * A password as it is hashed and compared: in Unicode's form NFKC, so that two keyboards type the same one
 * (NIST SP 800-63B-4, section 3.1.1.2). Nothing is cut off and no case is changed.
 */
export const normalizePassword = (typed: string): string => typed.normalize('NFKC');

/**
 * Whether a password may be set: by its length in code points, after normalisation, and not a name of the person's or
 * ours. There are no rules on what it is composed of (OWASP ASVS 5.0, 6.2). Refuses with `PASSWORD_UNUSABLE`.
 */
export function decidePassword(
  typed: string,
  names: readonly string[],
  policy: Policy['waysIn'],
): Decision<string> {
  const password = normalizePassword(typed);
  const length = [...password].length;
  if (length < policy.passwordLengthMin) return refusePassword('too_short', policy);
  if (length > policy.passwordLengthMax) return refusePassword('too_long', policy);
  const plain = plainOf(password);
  const isName = plain !== '' && [...names, 'ErrandDash'].some((name) => plain === plainOf(name));
  return isName ? refusePassword('is_name', policy) : password;
}

type Reason = 'too_short' | 'too_long' | 'breached' | 'is_name';

export const refusePassword = (reason: Reason, policy: Policy['waysIn']) =>
  refuse('PASSWORD_UNUSABLE', {
    reason,
    lengthMin: policy.passwordLengthMin,
    lengthMax: policy.passwordLengthMax,
  });

/** Without case, and without what is put around a name to make it longer. */
const plainOf = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}]/gu, '');
