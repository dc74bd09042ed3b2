import { instantText } from '../instant-text.ts';
import type { Channel } from '../messages/index.ts';

/** That an account got its first passkey, to the phone and the address that it has, and what to do. */
export function firstPasskeyMessage(
  channel: Channel,
  at: Date,
  availableFrom: Date,
): { subject: string | null; text: string } {
  if (channel === 'phone') {
    return {
      subject: null,
      text: `Your ErrandDash account got its first passkey on ${instantText(at)}. No money leaves before ${instantText(availableFrom)}. Not you? Recover the account or tell us before then.`,
    };
  }
  return {
    subject: 'Your ErrandDash account has its first passkey',
    text: [
      `Your ErrandDash account got its first passkey on ${instantText(at)}. From now on it signs for what the account does.`,
      `No money leaves the account before ${instantText(availableFrom)}, and until then nobody can change its phone number, its email address, its passkeys or its other ways to sign in.`,
      'If it was you, there is nothing to do.',
      'If it was not you, recover the account with your phone and your email before then, which takes that passkey away, or tell us. And see to it that nobody else can sign in at your identity provider.',
    ].join('\n\n'),
  };
}
