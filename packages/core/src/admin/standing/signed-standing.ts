import { createHash } from 'node:crypto';
import { type ApprovalDocument, formatId, type Role } from '@errand-dash/contract';
import type { Db, Tx } from '@errand-dash/db';
import type { SignedAction, SignedTerms } from '../../approvals/index.ts';
import { type Decision, refuse } from '../../refusal.ts';
import { findPublicUsers } from '../../users/index.ts';
import { findChangeByApproval } from '../people/administered-user.store.ts';

const signedChange = { derive: termsOfChange, doneProblem: changeProblem };
const operators = { means: ['passkey', 'device_key'], limit: 'always' } as const;
const reasoned = '`#`, and the SHA-256 of the reason in base64url';
const ofRole = { amount: 'none', payee: `\`role:<role>@user_<id>\`, ${reasoned}` };
const ofPerson = { amount: 'none', payee: `\`user_<id>\`, ${reasoned}` };

/** What is signed when an operator grants a role: which, to whom, and why. */
export const signedGrant: SignedAction<'admin.grantRole'> = {
  name: 'admin.grantRole',
  by: 'admin.grantRole',
  ...operators,
  says: ofRole,
  ...signedChange,
};

export const signedRevocation: SignedAction<'admin.revokeRole'> = {
  name: 'admin.revokeRole',
  by: 'admin.revokeRole',
  ...operators,
  says: ofRole,
  ...signedChange,
};

/** What is signed when an operator suspends a person: whom, and why. */
export const signedSuspension: SignedAction<'admin.suspendUser'> = {
  name: 'admin.suspendUser',
  by: 'admin.suspendUser',
  ...operators,
  says: ofPerson,
  ...signedChange,
};

export const signedReinstatement: SignedAction<'admin.reinstateUser'> = {
  name: 'admin.reinstateUser',
  by: 'admin.reinstateUser',
  ...operators,
  says: ofPerson,
  ...signedChange,
};

/** What a change is signed as. */
function payeeOf(userId: string, role: Role | null, reason: string): string {
  const person = formatId('user', userId);
  const subject = role === null ? person : `role:${role}@${person}`;
  return `${subject}#${createHash('sha256').update(reason, 'utf8').digest('base64url')}`;
}

/** Whether the change may be made is for its command to say, by a refusal that tells why. */
async function termsOfChange(
  tx: Tx,
  { userId, role, reason }: { userId: string; role?: Role; reason: string },
): Promise<Decision<SignedTerms>> {
  if (!(await findPublicUsers(tx, [userId])).has(userId)) return refuse('OBJECT_NOT_FOUND', {});
  return { amountMinor: null, currency: null, payee: payeeOf(userId, role ?? null, reason) };
}

const changes: Readonly<Record<string, string>> = {
  'admin.grantRole': 'granted',
  'admin.revokeRole': 'revoked',
  'admin.suspendUser': 'suspended',
  'admin.reinstateUser': 'reinstated',
};

/** Whether the change that an approval stands behind is the one that was signed, by whom it was signed. */
async function changeProblem(
  db: Db,
  approvalId: string,
  { action, user, payee }: ApprovalDocument,
): Promise<string | null> {
  const kept = await findChangeByApproval(db, approvalId);
  if (kept === null) return null;
  const { change, role, reason, userId, byUserId } = kept;
  const isSigned =
    change === changes[action] &&
    byUserId !== null &&
    formatId('user', byUserId) === user &&
    payeeOf(userId, role, reason ?? '') === payee;
  return isSigned ? null : 'the change is not what was signed';
}
