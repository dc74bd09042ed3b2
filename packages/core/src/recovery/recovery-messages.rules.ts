import { instantText } from '../instant-text.ts';
import type { Channel } from '../messages/index.ts';

interface MessageText {
  subject: string | null;
  text: string;
}

/** The code that proves, together with the one by the other channel, that somebody is the person he says. */
export function codeMessage(channel: Channel, code: string, codeSeconds: number): MessageText {
  const minutes = Math.round(codeSeconds / 60);
  const text = `${code} is your code to recover your ErrandDash account, good for ${minutes} minutes. Tell it to nobody. If you did not ask for it, do nothing.`;
  return { subject: channel === 'email' ? `${code} is your ErrandDash recovery code` : null, text };
}

/** That it was done, to the phone and the address that the account had before, and what to do. */
export function finishedMessage(channel: Channel, at: Date, availableFrom: Date): MessageText {
  if (channel === 'phone') {
    return {
      subject: null,
      text: `Your ErrandDash account was recovered on ${instantText(at)} and got a new passkey. No money leaves before ${instantText(availableFrom)}. Not you? Sign in with an older passkey and undo it.`,
    };
  }
  return {
    subject: 'Your ErrandDash account was recovered',
    text: [
      `Your ErrandDash account was recovered on ${instantText(at)}. It got a new passkey, and all other devices were signed out.`,
      `No money leaves it before ${instantText(availableFrom)}, and until then nobody can change its phone number, its email address, its passkeys or its other ways to sign in.`,
      'If it was you, there is nothing to do.',
      'If it was not you, sign in with a passkey that you had before and undo the recovery. If you have none any more, recover the account yourself with one of your recovery codes, or with your phone and your email, and tell us.',
    ].join('\n\n'),
  };
}
