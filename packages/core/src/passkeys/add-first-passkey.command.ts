import {
  hasHadPasskey,
  type RegistrationResponse,
  refuseCredential,
  savePasskey,
  takeCeremony,
  takeCredential,
} from '../auth/index.ts';
import { after } from '../clock.ts';
import { type CommandOutcome, ceremony } from '../command.ts';
import { MESSAGES_QUEUE } from '../messages/index.ts';
import { refuse } from '../refusal.ts';
import { lockOwnAccount, saveCooling, tellContacts } from '../users/index.ts';
import { requireProvenSession } from '../ways-in/index.ts';
import { firstPasskeyMessage } from './first-passkey-messages.rules.ts';
import type { PasskeyView } from './list-passkeys.query.ts';

export interface AddFirstPasskey {
  ceremony: string;
  response: RegistrationResponse;
  name: string;
}

/**
 * Gives the person who calls the first passkey that his account ever has, which no other could sign for: to who came by
 * an identity provider. No money leaves for a day, and he is told by every way that there is. The ceremony is consumed
 * whatever becomes of it in a session that has just begun. Refuses with `SESSION_NOT_FRESH`, `PASSKEY_EXISTS` where
 * there is a passkey or was one, and `REGISTRATION_REFUSED`, without saying why.
 */
export const addFirstPasskey = ceremony(
  'auth.addFirstPasskey',
  async (tx, input: AddFirstPasskey, context): Promise<CommandOutcome<PasskeyView>> => {
    const { now, policy } = context;
    const viewer = await requireProvenSession(tx, context);
    const { userId, sessionId } = viewer;
    // Of two first ones at once the second sees the first.
    await lockOwnAccount(tx, viewer);
    const purpose = { purpose: 'add_passkey', userId, sessionId } as const;
    const started = await takeCeremony(tx, context.core, purpose, input.ceremony);
    const credential = await takeCredential(tx, context, started, input.response);
    if (typeof credential === 'string') return { refusal: refuseCredential(context, input, credential) };
    if (await hasHadPasskey(tx, userId)) return { refusal: refuse('PASSKEY_EXISTS', {}) };
    const passkeyId = context.newId();
    const { name } = input;
    await savePasskey(tx, { id: passkeyId, userId, name, credential, createdAt: now });
    const { coolingSeconds, contactAgeSeconds } = policy.recovery;
    const availableFrom = after(now, coolingSeconds);
    await saveCooling(tx, userId, { now, until: availableFrom, contactAgeSeconds });
    await tellContacts(tx, context, userId, {
      kind: 'first_passkey_added',
      expiresAt: after(now, policy.recovery.noticeSeconds),
      textFor: (channel) => firstPasskeyMessage(channel, now, availableFrom),
    });
    const result: PasskeyView = {
      passkeyId,
      name,
      createdAt: now,
      lastUsedAt: null,
      isBackedUp: credential.isBackedUp,
      transports: credential.transports,
      isCurrent: false,
    };
    const event = {
      name: 'passkey.first_added' as const,
      subject: { type: 'passkey', id: passkeyId },
      audience: [userId],
      data: { availableFrom: availableFrom.toISOString() },
    };
    return { result, events: [event], wake: [MESSAGES_QUEUE] };
  },
);
