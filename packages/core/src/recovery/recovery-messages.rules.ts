import { instantText } from '../instant-text.ts';
import type { Channel } from '../messages/index.ts';

interface MessageText {
  subject: string | null;
  text: string;
}

/** The code that proves, together with the one by the other channel, that somebody is the person he says. */
export function recoveryCodeMessage(channel: Channel, code: string, codeSeconds: number): MessageText {
  const minutes = Math.round(codeSeconds / 60);
  const text = `${code} is your code to recover your ErrandDash account, good for ${minutes} minutes. Tell it to nobody. If you did not ask for it, do nothing.`;
  return { subject: channel === 'email' ? `${code} is your ErrandDash recovery code` : null, text };
}

/** That it was done, to the phone and the address that the account had before, and what to do. */
export function finishedMessage(channel: Channel, at: Date, availableFrom: Date): MessageText {
  if (channel === 'phone') {
    return {
      subject: null,
      text: `Your ErrandDash account was recovered on ${instantText(at)} and got a new passkey. Until ${instantText(availableFrom)} no money leaves and passkeys alone sign in. Not you? Sign in with an older passkey and undo it.`,
    };
  }
  return {
    subject: 'Your ErrandDash account was recovered',
    text: [
      `Your ErrandDash account was recovered on ${instantText(at)}. It got a new passkey, and all other devices were signed out.`,
      `No money leaves it before ${instantText(availableFrom)}, and until then nobody can change its phone number, its email address, its passkeys or its other ways to sign in, and passkeys alone sign in.`,
      'If it was you, there is nothing to do.',
      'If it was not you, sign in with a passkey that you had before and undo the recovery. If you have none any more, recover the account yourself with one of your recovery codes, or with your phone and your email, and tell us.',
    ].join('\n\n'),
  };
}

/**
 * That it was undone with an older passkey, to the phone and the address. Whoever reads it may be the owner, and a thief
 * of an old device may have undone what he had done: so it says by when to tell us.
 */
export function undoneMessage(
  channel: Channel,
  at: Date,
  { coolingUntil, contactsRecoverFrom }: { coolingUntil: Date | null; contactsRecoverFrom: Date | null },
): MessageText {
  const until = instantText(coolingUntil ?? at);
  if (channel === 'phone') {
    return {
      subject: null,
      text: `The recovery of your ErrandDash account was undone with an older passkey on ${instantText(at)}. No money leaves before ${until}. Not you? Tell us before then.`,
    };
  }
  const contacts =
    contactsRecoverFrom === null
      ? []
      : [
          `Your phone and your email bring nobody back into it before ${instantText(contactsRecoverFrom)}. If somebody else reads them, verify others after ${until} and before then.`,
        ];
  return {
    subject: 'The recovery of your ErrandDash account was undone',
    text: [
      `The recovery of your ErrandDash account was undone on ${instantText(at)} by somebody who signed in with an older passkey. The passkey that came of it is gone, and all other devices were signed out.`,
      `No money leaves the account before ${until}.`,
      ...contacts,
      `If it was not you, somebody has a device of yours: recover the account with one of your recovery codes if you have one left, and tell us before ${until}.`,
    ].join('\n\n'),
  };
}
