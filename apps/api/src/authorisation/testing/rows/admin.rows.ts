import { httpDevice } from '../../../testing/http-device.ts';
import type { Scene } from '../make-scene.ts';
import { nobodyFor, onlyTheOperator, type RowsOf } from '../matrix-row.ts';
import { signedBy, signedByKeyOf } from '../signing.ts';
import { grant, reason, suspend } from '../standing.ts';

/** A person whose standing an operator may change, and in which it stands. */
async function somebody({ api, newHandle, people: { operator } }: Scene, standing?: 'sender' | 'suspended') {
  const { user } = await httpDevice(api.url).signUp(newHandle());
  if (standing === 'sender') await grant(operator, user.userId, 'sender');
  if (standing === 'suspended') await suspend(operator, user.userId);
  return user.userId;
}

/** The least of the operators reads as well. */
const operators = { ...nobodyFor('ROLE_MISSING'), operator: 'ok', admin: 'ok' } as const;

type AdminCase<P extends keyof RowsOf<'admin'>> = RowsOf<'admin'>[P][0];

/** By an operator's passkey, and by his device key. */
const ofRole = (
  action: 'admin.grantRole' | 'admin.revokeRole',
): [AdminCase<'grantRole'>, AdminCase<'grantRole'>] => {
  const caseOf = (sign: typeof signedBy): AdminCase<'grantRole'> => ({
    ask: async (scene, asker) => {
      const userId = await somebody(scene, action === 'admin.revokeRole' ? 'sender' : undefined);
      const input = { userId, role: 'sender', reason } as const;
      return { ...input, approval: await sign(scene.people.operator, asker, { action, ...input }) };
    },
    answers: onlyTheOperator,
  });
  return [caseOf(signedBy), caseOf(signedByKeyOf)];
};

const ofPerson = (
  action: 'admin.suspendUser' | 'admin.reinstateUser',
): [AdminCase<'suspendUser'>, AdminCase<'suspendUser'>] => {
  const caseOf = (sign: typeof signedBy): AdminCase<'suspendUser'> => ({
    ask: async (scene, asker) => {
      const userId = await somebody(scene, action === 'admin.reinstateUser' ? 'suspended' : undefined);
      const input = { userId, reason };
      return { ...input, approval: await sign(scene.people.operator, asker, { action, ...input }) };
    },
    answers: onlyTheOperator,
  });
  return [caseOf(signedBy), caseOf(signedByKeyOf)];
};

export const adminRows: RowsOf<'admin'> = {
  findUser: [
    // Somebody, and nobody.
    { ask: ({ handles }) => ({ handle: handles.owner }), answers: operators },
    { ask: ({ newHandle }) => ({ handle: newHandle() }), answers: operators },
  ],
  getUser: [{ ask: ({ userIds }) => ({ userId: userIds.owner }), answers: operators }],
  grantRole: ofRole('admin.grantRole'),
  revokeRole: ofRole('admin.revokeRole'),
  suspendUser: ofPerson('admin.suspendUser'),
  reinstateUser: ofPerson('admin.reinstateUser'),
};
