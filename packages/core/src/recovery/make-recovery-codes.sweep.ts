import type { Tx } from '@errand-dash/db';
import { after } from '../clock.ts';
import { type CommandContext, command } from '../command.ts';
import type { DuePage, DueRow } from '../due-row.ts';
import { findDataKeys } from '../find-data-keys.ts';
import { type Channel, MESSAGES_QUEUE, queueMessage } from '../messages/index.ts';
import { query } from '../query.ts';
import type { SealingKey } from '../sealing.ts';
import { clockCall, type RowOutcome, type Sweep, workDue } from '../sweep.ts';
import { canRecoverByContacts, findContacts, makeCode } from '../users/index.ts';
import { hashContactCode } from './contact-codes.ts';
import { mayBeSentCodes, type Recovery } from './recovery.rules.ts';
import {
  countCodesSent,
  dueForCodes,
  findContactIndexes,
  lockRecovery,
  saveRecovery,
} from './recovery.store.ts';
import { recoveryCodeMessage } from './recovery-messages.rules.ts';

/** Makes the codes that were asked for, and has them sent, where there is a person with a phone and an email address. */
export const makeRecoveryCodes: Sweep = (core, limit, isStopping) => {
  const list = (page: DuePage) => listDue(core, call, page);
  const work = async ({ id: recoveryId }: DueRow): Promise<RowOutcome> =>
    (await makeCodes(core, call, { recoveryId })) ? 'worked' : 'passed';
  return workDue(core, call.requestId, limit, { list, work }, isStopping);
};

const call = clockCall('recovery.makeCodes');

const listDue = query('recovery.dueForCodes', (db, page: DuePage) => dueForCodes(db, page));

const makeCodes = command('recovery.makeCodes', async (tx, input: { recoveryId: string }, context) => {
  const found = await lockRecovery(tx, input.recoveryId);
  if (found === null || found.codesMadeAt !== null) return { result: false, isIdle: true };
  const sent = await sendCodes(tx, context, found);
  await saveRecovery(tx, { ...found, ...sent, codesMadeAt: context.now });
  return { result: true, wake: [MESSAGES_QUEUE] };
});

type SentCodes = Pick<Recovery, 'emailCodeHash' | 'phoneCodeHash'>;

/** Null hashes where nobody is there, he lacks a way to be reached or has it too shortly, or has been sent enough. */
async function sendCodes(tx: Tx, context: CommandContext, recovery: Recovery): Promise<SentCodes> {
  const none: SentCodes = { emailCodeHash: null, phoneCodeHash: null };
  const { core, now, policy } = context;
  const { userId, codesExpireAt } = recovery;
  if (userId === null || recovery.endedAt !== null || codesExpireAt === null || codesExpireAt <= now)
    return none;
  const dataKey = (await findDataKeys(tx, core, [userId])).get(userId);
  if (dataKey === undefined) return none;
  const contacts = await findContacts(tx, userId, dataKey);
  const indexes = await findContactIndexes(tx, userId);
  if (contacts.phone === null || contacts.email === null) return none;
  if (!(await canRecoverByContacts(tx, userId, context))) return none;
  const since = after(now, -policy.recovery.codeWindowSeconds);
  const sent = await countCodesSent(tx, { userId, askerHash: recovery.askerHash }, since);
  if (!mayBeSentCodes(sent, policy.recovery)) {
    core.log('warn', 'no more codes are sent for a recovery', { recoveryId: recovery.id });
    return none;
  }
  const target = { id: recovery.id, userId, dataKey, expiresAt: codesExpireAt };
  return {
    phoneCodeHash: await sendCode(tx, context, target, 'phone', contacts.phone, indexes.phone),
    emailCodeHash: await sendCode(tx, context, target, 'email', contacts.email, indexes.email),
  };
}

async function sendCode(
  tx: Tx,
  context: CommandContext,
  target: { id: string; userId: string; dataKey: SealingKey; expiresAt: Date },
  channel: Channel,
  to: string,
  targetIndex: Uint8Array | null,
): Promise<Buffer> {
  const { userId, dataKey, expiresAt } = target;
  const code = makeCode(context.random);
  const message = recoveryCodeMessage(channel, code, context.policy.auth.codeSeconds);
  const kind = `recover_${channel}`;
  await queueMessage(tx, context, { userId, dataKey, channel, kind, to, expiresAt, ...message });
  return hashContactCode(context.core.keyring, target, channel, targetIndex ?? Buffer.alloc(0), code);
}
