import { after } from '../../clock.ts';
import { type Command, type CommandOutcome, ceremony } from '../../command.ts';
import { MESSAGES_QUEUE } from '../../messages/index.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { lockOwnAccount, requireSettled, tellContacts } from '../../users/index.ts';
import { requireFreshSession } from '../fresh-session.ts';
import { identityLinkedMessage } from '../way-in-messages.rules.ts';
import {
  findIdentityBySubject,
  type LinkedIdentity,
  lockSubject,
  saveIdentity,
  subjectIndex,
} from './identity.store.ts';
import type { ProvenIdentity } from './identity-provider.ts';
import { proveIdentity } from './prove-identity.ts';

export interface LinkProvider {
  ceremonyId: string;
  callbackUrl: string;
}

/**
 * Links who the person is at his identity provider to the account in which he is signed in, in the session that began
 * it, and tells his phone and email address. Linked already, it stays as it is. Refuses with `SESSION_NOT_FRESH`, `ACCOUNT_COOLING`, `IDENTITY_REFUSED`,
 * `IDENTITY_PROVIDER_UNREACHABLE`, and `IDENTITY_TAKEN` where it belongs to another account.
 */
export const linkProvider: Command<LinkProvider, LinkedIdentity> = async (core, call, input) => {
  const { caller } = call;
  if (caller.kind !== 'user') return orThrow(refuse('SESSION_MISSING', {}));
  const owner = { sessionId: caller.sessionId };
  const proven = await proveIdentity(core, call, { ...input, purpose: 'link', owner });
  return keepLink(core, call, proven);
};

const keepLink = ceremony(
  'auth.linkProvider',
  async (
    tx,
    { provider, identity }: { provider: string; identity: ProvenIdentity },
    context,
  ): Promise<CommandOutcome<LinkedIdentity>> => {
    const viewer = await requireFreshSession(tx, context);
    const { userId } = viewer;
    const index = subjectIndex(context.core.keyring, identity);
    // The identity before the person, as signing in by it does.
    await lockSubject(tx, index);
    await lockOwnAccount(tx, viewer);
    await requireSettled(tx, userId, context.now);
    const linked = await findIdentityBySubject(tx, index);
    if (linked !== null) {
      return linked.userId === userId ? { result: linked } : { refusal: refuse('IDENTITY_TAKEN', {}) };
    }
    const { now } = context;
    const id = context.newId();
    await saveIdentity(tx, { id, userId, provider, subjectIndex: index, now });
    await tellContacts(tx, context, userId, {
      kind: 'identity_linked',
      expiresAt: after(now, context.policy.recovery.noticeSeconds),
      textFor: (channel) => identityLinkedMessage(channel, now),
    });
    return {
      result: { id, userId, provider, linkedAt: now, lastUsedAt: now },
      events: [
        {
          name: 'user.identity_linked',
          subject: { type: 'user', id: userId },
          audience: [userId],
          data: { identityId: id, provider },
        },
      ],
      wake: [MESSAGES_QUEUE],
    };
  },
);
