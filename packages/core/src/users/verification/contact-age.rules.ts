import { after } from '../../clock.ts';
import type { Policy } from '../../policy.ts';

/** Since when a person has his phone and his email address, and from when on their age is counted at the earliest. */
export interface ContactAges {
  phoneVerifiedAt: Date | null;
  emailVerifiedAt: Date | null;
  /** Null unless a recovery by them was undone. */
  countFrom: Date | null;
}

/** From when phone and email address together bring a person back; null where he lacks one of them. */
export function decideContactsRecoverFrom(
  { phoneVerifiedAt, emailVerifiedAt, countFrom }: ContactAges,
  { contactAgeSeconds }: Pick<Policy['recovery'], 'contactAgeSeconds'>,
): Date | null {
  if (phoneVerifiedAt === null || emailVerifiedAt === null) return null;
  const since = Math.max(phoneVerifiedAt.getTime(), emailVerifiedAt.getTime(), countFrom?.getTime() ?? 0);
  return after(new Date(since), contactAgeSeconds);
}
