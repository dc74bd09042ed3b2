// The full metadata, because the small one cannot tell a mobile number from others.
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { type Decision, refuse } from '../../refusal.ts';

/**
 * A phone number as E.164; one without a country code is Nigerian.
 * Refuses what cannot receive a message with `PHONE_INVALID`.
 */
export function normalizePhone(phone: string): Decision<string> {
  const parsed = parsePhoneNumberFromString(phone, { defaultCountry: 'NG', extract: false });
  const type = parsed?.isValid() ? parsed.getType() : undefined;
  const canReceive = type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
  return parsed !== undefined && canReceive && parsed.ext === undefined
    ? parsed.number
    : refuse('PHONE_INVALID', {});
}

/** A number of which only the last two digits are shown. */
export const maskPhone = (phone: string): string => phone.slice(0, -2).replace(/\d/g, '*') + phone.slice(-2);
