import { type Decision, refuse } from '../../refusal.ts';

/**
 * An email address as it is written to: the domain in lower case and in its ASCII form, the local part as it was
 * given. Only what any mail server takes: no quoted local parts, no comments, no literal addresses, letters of ASCII
 * alone before the @. Refuses everything else with `EMAIL_INVALID`.
 */
export function normalizeEmail(email: string): Decision<string> {
  const [local = '', domain = '', ...others] = email.normalize('NFC').trim().split('@');
  const host = asciiDomain(domain);
  const isUsable = others.length === 0 && LOCAL_PART.test(local) && DOMAIN.test(host);
  const address = `${local}@${host}`;
  // RFC 5321, section 4.5.3.1: 64 octets before the @, and a path of 256 with its two brackets.
  return isUsable && local.length <= 64 && address.length <= 254 ? address : refuse('EMAIL_INVALID', {});
}

/** What an address is found by: hardly any server tells the cases of a local part apart, and people do not either. */
export const canonicalEmail = (email: string): string => email.toLowerCase();

/** An address of which only the first character and the domain are shown. */
export const maskEmail = (email: string): string =>
  `${email.slice(0, 1)}***${email.slice(email.lastIndexOf('@'))}`;

/** RFC 5322, section 3.2.3: a dot-atom. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** Two labels at least, the last of them no number (RFC 3696, section 2). */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

function asciiDomain(domain: string): string {
  // What has a meaning in an address of the web never reaches the parser.
  if (domain === '' || /[\p{Cc}\s/\\?#:%[\]]/u.test(domain) || !URL.canParse(`http://${domain}`)) return '';
  return new URL(`http://${domain}`).hostname;
}
