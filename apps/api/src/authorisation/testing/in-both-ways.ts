import { sign } from 'node:crypto';
import { deviceKeyMessage } from '@errand-dash/core';
import { type Case, nobodyFor } from './matrix-row.ts';
import { type Approval, deviceKeyOf } from './signing.ts';

/**
 * What is signed with the owner's passkey, and once more with a device key of his, which signs nothing but what
 * operators do.
 */
export function inBothWays<I extends { approval?: Approval | undefined }>(
  byPasskey: Case<I>,
  answers = nobodyFor('SIGNATURE_REFUSED'),
): [Case<I>, Case<I>] {
  const ask: Case<I>['ask'] = async (scene, asker) => {
    const input = await byPasskey.ask(scene, asker);
    if (input.approval === undefined || !('response' in input.approval))
      throw new Error('nothing was signed');
    const { approvalId, response } = input.approval;
    const clientData = JSON.parse(
      Buffer.from(response.response.clientDataJSON, 'base64url').toString('utf8'),
    );
    const { deviceKeyId, privateKey } = await deviceKeyOf(scene.people.owner);
    const message = deviceKeyMessage(Buffer.from(clientData.challenge, 'base64url'));
    const signature = sign(null, message, privateKey).toString('base64url');
    return { ...input, approval: { approvalId, deviceKeyId, signature } };
  };
  return [byPasskey, { ask, answers }];
}
