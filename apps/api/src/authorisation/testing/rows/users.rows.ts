import { sentCode } from '@errand-dash/core/testing';
import type { Scene } from '../make-scene.ts';
import { onlyTheOwner, type RowsOf, whoeverIsSignedIn } from '../matrix-row.ts';

/** A code that the owner was sent to a phone or an address of his. */
async function codeOfOwner(
  { api, people: { owner }, newPhone, newEmail }: Scene,
  channel: 'phone' | 'email',
) {
  const contact = channel === 'phone' ? newPhone() : newEmail();
  const { verificationId } =
    channel === 'phone'
      ? await owner.call('users', 'startPhoneVerification', { phone: contact })
      : await owner.call('users', 'startEmailVerification', { email: contact });
  return { verificationId, code: await sentCode(api.core, contact) };
}

export const usersRows: RowsOf<'users'> = {
  me: [{ ask: () => ({}), answers: whoeverIsSignedIn }],
  takeRole: [{ ask: () => ({ role: 'sender' }), answers: whoeverIsSignedIn }],
  startPhoneVerification: [{ ask: ({ newPhone }) => ({ phone: newPhone() }), answers: whoeverIsSignedIn }],
  confirmPhoneVerification: [{ ask: (scene) => codeOfOwner(scene, 'phone'), answers: onlyTheOwner }],
  startEmailVerification: [{ ask: ({ newEmail }) => ({ email: newEmail() }), answers: whoeverIsSignedIn }],
  confirmEmailVerification: [{ ask: (scene) => codeOfOwner(scene, 'email'), answers: onlyTheOwner }],
};
