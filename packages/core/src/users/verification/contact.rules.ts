import type { Channel } from '../../messages/index.ts';
import type { Decision } from '../../refusal.ts';
import { canonicalEmail, maskEmail, normalizeEmail } from './email-address.rules.ts';
import { maskPhone, normalizePhone } from './phone-number.rules.ts';

/** What differs between the ways to reach a person. */
interface ContactForm {
  /** As it is written to. */
  normalize: (given: string) => Decision<string>;
  /** As it is found: two ways to write one are the same. */
  canonical: (contact: string) => string;
  /** As it is shown. */
  mask: (contact: string) => string;
}

export const contactForms: Readonly<Record<Channel, ContactForm>> = {
  phone: { normalize: normalizePhone, canonical: (phone) => phone, mask: maskPhone },
  email: { normalize: normalizeEmail, canonical: canonicalEmail, mask: maskEmail },
};
