import { sealLedger } from '@errand-dash/core';
import { untilSettled } from '@errand-dash/db/testing';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';
import type { inferRouterInputs } from '@trpc/server';
import type { AppRouter } from '../../app-router.ts';
import { type HttpDevice, httpDevice } from '../../testing/http-device.ts';
import { allowedOrigin } from '../../testing/test-api.ts';
import type { Scene } from './make-scene.ts';
import type { Asker } from './matrix-row.ts';
import { planted } from './planted-secrets.ts';
import { signedCall } from './signing.ts';

type Inputs = inferRouterInputs<AppRouter>;

export const demoDeviceId = 'demo-device-0123456789';

export const newAuthenticator = () =>
  createSoftwareAuthenticator({ origin: allowedOrigin, algorithms: ['ES256'] });

/** The asker, if he may sign anything at all, and the owner in the place of who may not. */
export const signerFor = ({ people }: Scene, { actor, device }: Asker): HttpDevice =>
  actor === 'suspended' || actor === 'anonymous' ? people.owner : device;

/** What is asked for in an errand. */
export const wantedErrand = (): Inputs['errands']['post'] => ({
  kind: 'buy_and_deliver',
  title: 'Tomatoes from the market',
  items: [{ name: 'tomatoes', quantity: 12 }],
  deliverTo: { latitude: planted.latitude, longitude: planted.longitude, address: planted.address },
  currency: 'NGN',
  rewardMinor: 450_000,
  goodsBudgetMinor: 600_000,
  dueAt: new Date(Date.now() + 6 * 3_600_000),
});

export const done = { goodsSpentMinor: 520_000, receipt: planted.receipt };

/** An errand of the owner's, run by the counterpart, in a state to which calls alone have brought it. */
export async function errandIn(
  { people: { owner, counterpart } }: Scene,
  state: 'posted' | 'cancelled' | 'accepted' | 'started' | 'completed',
): Promise<{ errandId: string; escrowId: string }> {
  const { errandId, escrowId } = await owner.call('errands', 'post', wantedErrand());
  if (state === 'cancelled') await owner.call('errands', 'cancel', { errandId });
  const steps = ['accepted', 'started', 'completed'].indexOf(state) + 1;
  if (steps >= 1) await counterpart.call('errands', 'accept', { errandId });
  if (steps >= 2) await counterpart.call('errands', 'start', { errandId });
  if (steps >= 3) await counterpart.call('errands', 'complete', { errandId, ...done });
  return { errandId, escrowId };
}

/** A bank account of the owner's. */
export async function payoutAccountOf(scene: Scene): Promise<string> {
  const { owner } = scene.people;
  const account = { bankCode: '058', accountNumber: scene.newAccountNumber() };
  const added = await signedCall(owner, { action: 'wallet.addPayoutAccount', ...account }, (approval, key) =>
    owner.call('wallet', 'addPayoutAccount', { ...account, approval }, undefined, key),
  );
  return added.payoutAccountId;
}

/** A withdrawal of the owner's. */
export async function withdrawalOf(scene: Scene): Promise<string> {
  const { owner } = scene.people;
  const asked = {
    amountMinor: 200_00,
    currency: 'NGN',
    payoutAccountId: await payoutAccountOf(scene),
  } as const;
  const requested = await signedCall(owner, { action: 'wallet.withdraw', ...asked }, (approval, key) =>
    owner.call('wallet', 'withdraw', { ...asked, approval }, undefined, key),
  );
  return requested.withdrawalId;
}

/** A transfer of the owner's that the ledger's seal has in it. */
export async function sealedTransferOf({ api, people: { owner } }: Scene): Promise<string> {
  await untilSettled(api.database.db);
  await sealLedger(api.core, 1000);
  const { lines } = await owner.call('wallet', 'statement', { currency: 'NGN', kinds: ['adjustment.post'] });
  const [line] = lines;
  if (line === undefined) throw new Error('the owner was given no money');
  return line.transferId;
}

/** A further passkey of the owner's. */
export async function passkeyOf({ people: { owner } }: Scene): Promise<string> {
  const input = await newPasskeyOf(owner);
  const added = await signedCall(owner, { action: 'auth.addPasskey', ...input }, (approval, key) =>
    owner.call('auth', 'addPasskey', { ...input, approval }, undefined, key),
  );
  return added.passkeyId;
}

/** A passkey that was made for somebody and is not yet added. */
export async function newPasskeyOf(device: HttpDevice) {
  const { ceremony, options } = await device.call('auth', 'beginAddPasskey', {});
  return { ceremony, response: await newAuthenticator().create(options), name: 'Demo key' };
}

/** Another session of the owner's. */
export async function sessionOf({ api, people: { owner } }: Scene): Promise<string> {
  const { tokens } = await httpDevice(api.url, { shares: owner }).signIn();
  return tokens.sessionId;
}
