import type { Role } from '@errand-dash/contract';
import type { Command } from '../../command.ts';
import type { Core } from '../../core.ts';
import { makeSigningPerson, type SigningPerson, signAction } from '../../testing/signing-person.ts';
import { grantRole, reinstateUser, revokeRole, suspendUser } from '../index.ts';

/** A person with a passkey and these roles, put there directly. */
export async function makeOperator(
  core: Core,
  handle: string,
  roles: readonly Role[],
): Promise<SigningPerson> {
  const person = await makeSigningPerson(core, handle);
  for (const role of roles) {
    await core.db
      .insertInto('user_roles')
      .values({ user_id: person.userId, role, granted_at: new Date(), granted_by: null, reason: null })
      .execute();
  }
  return person;
}

type RoleChange = Command<Parameters<typeof grantRole>[2], unknown>;
type AccountChange = Command<Parameters<typeof suspendUser>[2], unknown>;

const ofRole = { 'admin.grantRole': grantRole, 'admin.revokeRole': revokeRole };
const ofAccount = { 'admin.suspendUser': suspendUser, 'admin.reinstateUser': reinstateUser };

/** Signs a change of a role and makes it, now or by calling what is answered. */
export async function signedRoleChange(
  core: Core,
  operator: SigningPerson,
  action: keyof typeof ofRole,
  change: { userId: string; role: Role },
): Promise<() => Promise<unknown>> {
  const call = operator.call();
  const asked = { ...change, reason: 'A demo reason' };
  const approval = await signAction(core, operator, call, { action, ...asked });
  const act: RoleChange = ofRole[action];
  return () => act(core, call, { ...asked, approval });
}

/** As {@link signedRoleChange}, for an account. */
export async function signedAccountChange(
  core: Core,
  operator: SigningPerson,
  action: keyof typeof ofAccount,
  userId: string,
): Promise<() => Promise<unknown>> {
  const call = operator.call();
  const asked = { userId, reason: 'A demo reason' };
  const approval = await signAction(core, operator, call, { action, ...asked });
  const act: AccountChange = ofAccount[action];
  return () => act(core, call, { ...asked, approval });
}
