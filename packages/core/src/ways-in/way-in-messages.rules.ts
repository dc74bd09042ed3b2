import { instantText } from '../instant-text.ts';
import type { Channel } from '../messages/index.ts';

interface MessageText {
  subject: string | null;
  text: string;
}

/** That another identity signs in to the account from now on, to the phone and the address that it has. */
export const identityLinkedMessage = (channel: Channel, at: Date): MessageText =>
  messageOf(channel, {
    subject: 'Another way to sign in to your ErrandDash account',
    text: `Another way to sign in was linked to your ErrandDash account on ${instantText(at)}.`,
    advice: 'Not you? Sign in, remove it, sign out all other devices, and tell us.',
  });

/** That the codes of an app are asked for from now on, to the phone and the address that the account has. */
export const totpConfirmedMessage = (channel: Channel, at: Date): MessageText =>
  messageOf(channel, {
    subject: 'An authenticator app for your ErrandDash account',
    text: `An authenticator app was set up for your ErrandDash account on ${instantText(at)}, and all other devices were signed out.`,
    advice: 'Not you? Sign in with a passkey, or recover the account, remove the app, and tell us.',
  });

const messageOf = (
  channel: Channel,
  { subject, text, advice }: { subject: string; text: string; advice: string },
): MessageText =>
  channel === 'phone'
    ? { subject: null, text: `${text} ${advice}` }
    : { subject, text: `${text}\n\n${advice}` };
