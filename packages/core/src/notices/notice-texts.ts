import { currency, type Role, role } from '@errand-dash/contract';
import { z } from 'zod';
import { type EventName, type EventRole, eventCatalogue, isEventName } from '../events/index.ts';
import { instantText } from '../instant-text.ts';
import { formatAmount } from '../money.ts';

/** What a sentence is made of: nothing personal is in it, and none of it is stored. */
export interface ToldEvent {
  name: string;
  actorKind: string;
  audience: readonly string[];
  data: unknown;
}

type Told = Pick<ToldEvent, 'actorKind' | 'data'>;
type Template = string | ((told: Told) => string);

/** What each person is told of each event, by his role in it. An event without its sentences does not compile. */
export const noticeTexts: { readonly [N in EventName]: { readonly [R in EventRole<N>]: Template } } = {
  'errand.posted': { sender: 'Your errand is posted. Runners nearby can see it.' },
  'errand.accepted': { sender: 'A runner has accepted your errand.', runner: 'You have accepted an errand.' },
  'errand.started': { sender: 'The runner has started your errand.', runner: 'You have started the errand.' },
  'errand.completed': {
    sender: (told) =>
      `The runner says that your errand is done. Please confirm it.${silenceMeans(told, 'Without a word from you it confirms itself, and the runner is paid, on')}`,
    runner: (told) =>
      `You have completed the errand. The sender is asked to confirm it.${silenceMeans(told, 'Without a word from the sender it confirms itself, and you are paid, on')}`,
  },
  'errand.confirmed': {
    sender: byClock(
      'The time to answer is over, so your errand is confirmed.',
      'You have confirmed the errand.',
    ),
    runner: byClock(
      'The time to answer is over, so the errand is confirmed.',
      'The sender has confirmed the errand.',
    ),
  },
  'errand.cancelled': {
    sender: 'You have cancelled the errand.',
    runner: 'The sender has cancelled the errand.',
  },
  'errand.expired': { sender: 'Nobody accepted your errand in time, so it has ended.' },
  'errand.reopened': {
    sender: 'The runner did not start in time, so your errand is open to others again.',
    runner: 'You did not start the errand in time, so it is open to others again.',
  },
  'errand.lapsed': {
    sender: 'Your errand was not completed in time, so it has ended.',
    runner: 'You did not complete the errand in time, so it has ended.',
  },
  'escrow.held': { payer: (told) => `${amount(told, 'amountMinor')} is held until your errand is done.` },
  'escrow.part_released': {
    payer: (told) =>
      `A part of the held money is paid: ${amount(told, 'payeeMinor')} to the runner, ${amount(told, 'feeMinor')} as commission. ${amount(told, 'restMinor')} is still held.`,
    payee: (told) => `You have been paid ${amount(told, 'payeeMinor')}, a part of what is held.`,
  },
  'escrow.released': {
    payer: (told) =>
      `The held money is paid: ${amount(told, 'payeeMinor')} to the runner, ${amount(told, 'payerMinor')} back to you, ${amount(told, 'feeMinor')} as commission.`,
    payee: (told) => `You have been paid ${amount(told, 'payeeMinor')}.`,
  },
  'escrow.refunded': {
    payer: (told) => `${amount(told, 'payerMinor')} that was held is back in your wallet.`,
    payee: 'The held money has gone back to the sender.',
  },
  'escrow.split': {
    payer: (told) =>
      `${amount(told, 'payerMinor')} that was held is back in your wallet. ${amount(told, 'payeeMinor')} went to the runner.`,
    payee: (told) => `You have been paid ${amount(told, 'payeeMinor')} for the cancelled errand.`,
  },
  'topup.created': {
    payer: (told) => `You have begun to add ${amount(told, 'amountMinor')} to your wallet.`,
  },
  'topup.pending': { payer: (told) => `Your payment of ${amount(told, 'amountMinor')} is open.` },
  'topup.succeeded': { payer: (told) => `${amount(told, 'amountMinor')} has been added to your wallet.` },
  'topup.failed': { payer: (told) => `Your payment of ${amount(told, 'amountMinor')} failed.` },
  'topup.abandoned': { payer: (told) => `Your payment of ${amount(told, 'amountMinor')} was not completed.` },
  'topup.mismatched': {
    payer: (told) =>
      `What arrived for your payment of ${amount(told, 'amountMinor')} differs from it. It is kept apart until one of us has looked at it: write to us.`,
  },
  'payout_account.created': {
    owner:
      'A bank account was added for your withdrawals. If it was not you, remove it: it takes money only after a day.',
  },
  'payout_account.active': { owner: 'The bank has confirmed your account for withdrawals.' },
  'payout_account.refused': { owner: 'The bank account that you added could not be confirmed.' },
  'payout_account.removed': { owner: 'A bank account was removed from your withdrawals.' },
  'withdrawal.requested': { owner: (told) => `You are withdrawing ${amount(told, 'amountMinor')}.` },
  'withdrawal.sent': { owner: (told) => `${amount(told, 'amountMinor')} is on its way to your bank.` },
  'withdrawal.paid': {
    owner: (told) => `${amount(told, 'amountMinor')} has been paid to your bank account.`,
  },
  'withdrawal.returned': {
    owner: (told) =>
      `Your withdrawal did not go through. ${amount(told, 'amountMinor')} is back in your wallet.`,
  },
  'withdrawal.reversed': {
    owner: (told) =>
      `Your bank sent your withdrawal back. ${amount(told, 'amountMinor')} is back in your wallet.`,
  },
  'exchange_quote.exchanged': { owner: (told) => exchanged(told) },
  'user.registered': { person: 'Welcome to ErrandDash.' },
  'user.role_taken': { person: (told) => `You are now a ${roleTaken.parse(told.data).role}.` },
  'user.role_granted': { person: (told) => `You have been made ${roleNamed(told)}.` },
  'user.role_revoked': { person: (told) => `You are no longer ${roleNamed(told)}.` },
  'user.suspended': {
    person: 'Your account has been suspended. Write to us if you think that this is wrong.',
  },
  'user.reinstated': { person: 'Your account is open again.' },
  'user.phone_verified': {
    person:
      'Your phone number is verified. If it was not you, sign out all your other devices, verify your own number again, and tell us.',
  },
  'user.email_verified': {
    person:
      'Your email address is verified. If it was not you, sign out all your other devices, verify your own address again, and tell us.',
  },
  'recovery.codes_created': {
    person: 'You have new recovery codes, and the earlier ones are void. If it was not you, tell us at once.',
  },
  'recovery.finished': {
    person:
      'Your account was recovered with a new passkey, and all other devices were signed out. For a day no money leaves, and passkeys alone sign in. If it was not you, sign in with a passkey that you had before and undo it.',
  },
  'recovery.undone': { person: (told) => recoveryUndone(told) },
  'device_key.enrolled': {
    owner: 'A device key was enrolled that can sign for you. If it was not you, revoke it and tell us.',
  },
  'device_key.revoked': { owner: 'A device key of yours was revoked. It signs nothing any more.' },
  'user.password_set': {
    person:
      'A password for signing in was set, and all your other devices were signed out. If it was not you, remove it with your passkey and tell us.',
  },
  'user.password_removed': {
    person: 'The password for signing in was removed, and all your other devices were signed out.',
  },
  'user.totp_confirmed': {
    person:
      'An authenticator app now shows codes for your sign-ins, and all your other devices were signed out. If it was not you, remove it and tell us.',
  },
  'user.totp_removed': {
    person:
      'Your authenticator app was removed: its codes are asked for no more, and all your other devices were signed out. If it was not you, tell us.',
  },
  'user.identity_linked': {
    person: 'Another way to sign in was linked to your account. If it was not you, remove it and tell us.',
  },
  'user.identity_unlinked': {
    person:
      'A linked way to sign in was removed from your account, and all your other devices were signed out.',
  },
  'user.second_factor_refused': {
    person:
      'Somebody got past the first step of signing in to your account, but not past the second. If it was not you, change that first step.',
  },
  'user.recovery_code_spent': { person: (told) => recoveryCodeSpent(told) },
  'session.started': {
    person:
      'Somebody signed in to your account on a device. If it was not you, sign out all your other devices and tell us.',
  },
  'session.ended': { person: (told) => sessionEnded(told) },
  'user.sessions_ended': { person: (told) => sessionsEnded(told) },
  'passkey.added': {
    owner:
      'A passkey was added to your account. If it was not you, remove it and sign out of all your other devices.',
  },
  'passkey.first_added': {
    owner:
      'Your account has its first passkey, which signs for what it does from now on. No money leaves for a day. If it was not you, recover the account or tell us before then.',
  },
  'passkey.removed': {
    owner:
      'A passkey was removed from your account, and every device that had signed in with it is signed out.',
  },
};

/**
 * The sentence by which a person of an event's audience is told of it. An event that this version does not know, or
 * not in this form, is told in general words: a newer or older one may have written it.
 */
export function noticeText(event: ToldEvent, recipientId: string): string {
  try {
    const template = templateFor(event, recipientId);
    return typeof template === 'function' ? template(event) : (template ?? UNKNOWN);
  } catch (error) {
    if (error instanceof z.ZodError) return UNKNOWN;
    throw error;
  }
}

const UNKNOWN = 'There is news for you.';

function templateFor({ name, audience }: ToldEvent, recipientId: string): Template | undefined {
  if (!isEventName(name)) return undefined;
  const roles: readonly string[] = eventCatalogue[name];
  const templates: Readonly<Record<string, Template>> = noticeTexts[name];
  return templates[roles[audience.indexOf(recipientId)] ?? ''];
}

function byClock(text: string, otherwise: string): Template {
  return ({ actorKind }) => (actorKind === 'clock' ? text : otherwise);
}

const silence = z.object({ confirmsAt: z.iso.datetime().optional() });

/** Earlier events do not say when. */
function silenceMeans({ data }: Told, text: string): string {
  const { confirmsAt } = silence.parse(data);
  return confirmsAt === undefined ? '' : ` ${text} ${instantText(new Date(confirmsAt))}.`;
}

const roleTaken = z.object({ role: z.string() });

const roleNames: Record<Role, string> = {
  sender: 'a sender',
  runner: 'a runner',
  vendor: 'a vendor',
  moderator: 'a moderator',
  admin: 'an admin',
  super_admin: 'a super admin',
};
const ofRole = z.object({ role });

const roleNamed = ({ data }: Told): string => roleNames[ofRole.parse(data).role];

const money = z.looseObject({ currency });

function amount({ data }: Told, field: string): string {
  const { [field]: amountMinor, currency: of } = money.parse(data);
  return formatAmount(BigInt(z.int().min(0).parse(amountMinor)), of);
}

const exchangedMoney = z.looseObject({
  ...{ sold: currency, bought: currency },
  ...{ soldMinor: z.int().min(0), boughtMinor: z.int().min(0) },
});

function exchanged({ data }: Told): string {
  const { sold, bought, soldMinor, boughtMinor } = exchangedMoney.parse(data);
  return `You have exchanged ${formatAmount(BigInt(soldMinor), sold)} for ${formatAmount(BigInt(boughtMinor), bought)}.`;
}

const ended = z.object({ reason: z.string() });

function sessionEnded({ data }: Told): string {
  const { reason } = ended.parse(data);
  return reason === 'refresh_token_reused'
    ? 'A device was signed out for safety: what keeps it signed in was used twice, as if somebody had copied it. Sign in again, look through your devices, and tell us if one is not yours.'
    : reason === 'ended_by_person'
      ? 'You have signed one of your devices out.'
      : 'You have signed out on a device.';
}

const codesLeftOf = z.object({ codesLeft: z.int().min(0) });

function recoveryCodeSpent({ data }: Told): string {
  const { codesLeft } = codesLeftOf.parse(data);
  const left =
    codesLeft === 0 ? 'None is left: make new ones.' : `${codesLeft} ${codesLeft === 1 ? 'is' : 'are'} left.`;
  return `One of your recovery codes was spent to sign in. ${left} If it was not you, make new ones at once and tell us.`;
}

/** What an earlier version wrote has not all of it. */
const undoing = z.object({
  codesVoided: z.int().min(0).default(0),
  contactsRecoverFrom: z.iso.datetime().nullable().default(null),
});

function recoveryUndone({ data }: Told): string {
  const { codesVoided, contactsRecoverFrom } = undoing.parse(data);
  const sentences = [
    'A recovery of your account was undone: its passkey was removed and its devices were signed out.',
  ];
  if (codesVoided > 0) {
    sentences.push(
      'Somebody had a recovery code of yours, so that all of them are void: make new ones once the day is over.',
    );
  }
  if (contactsRecoverFrom !== null) {
    sentences.push(
      `Somebody reads your phone and your email: verify others once the day is over, and before ${instantText(new Date(contactsRecoverFrom))}, when they bring him back again.`,
    );
  }
  return sentences.join(' ');
}

const endedTogether = z.object({ which: z.enum(['others', 'all']) });

const sessionsEnded = ({ data }: Told): string =>
  endedTogether.parse(data).which === 'all'
    ? 'You have signed out on all your devices.'
    : 'You have signed out on all your other devices.';
