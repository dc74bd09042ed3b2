// The program of somebody who has installed the SDK and knows nothing else of us. It is compiled and run elsewhere.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createErrandDash,
  type ErrandDash,
  type Inputs,
  isErrandDashError,
  type Outputs,
} from '@errand-dash/sdk';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';

const [url = '', smsFile = ''] = process.argv.slice(2);
const phone = '+2348030000009';
const handle = 'demo_consumer';

async function main(): Promise<void> {
  const dash = createErrandDash({ url, authenticator: createSoftwareAuthenticator({ origin: url }) });
  const registered = await dash.signUp({ handle, displayName: 'Consumer (demo)' });
  const { verificationId } = await dash.users.startPhoneVerification({ phone });
  await dash.users.confirmPhoneVerification({ verificationId, code: await readCode() });
  await dash.users.takeRole({ role: 'sender' });
  await dash.signOut();
  const { userId, roles } = await dash.signIn({ handle });
  const input: Inputs['wallet']['startTopUp'] = {
    amountMinor: 20_000_00,
    currency: 'NGN',
    email: 'consumer@demo.example',
  };
  const topUp: Outputs['wallet']['startTopUp'] = await dash.wallet.startTopUp(input);
  const told = {
    isSame: userId === registered.userId,
    isInstant: registered.createdAt instanceof Date,
    roles,
    state: topUp.state,
    hasCheckout: topUp.checkoutUrl !== null,
    minMinor: await readMinimum(dash, input),
  };
  console.log(JSON.stringify(told));
}

/** From the refusal of a top-up of one kobo. */
async function readMinimum(dash: ErrandDash, input: Inputs['wallet']['startTopUp']): Promise<number> {
  try {
    await dash.wallet.startTopUp({ ...input, amountMinor: 1 });
  } catch (error) {
    if (isErrandDashError(error) && error.code === 'AMOUNT_TOO_SMALL') return error.details.minMinor;
    throw error;
  }
  throw new Error('one kobo was taken');
}

async function readCode(): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const messages = (await readFile(smsFile, 'utf8').catch(() => '')).split('\n');
    const newest = messages.findLast((line) => line.includes(phone));
    const code = /\b\d{6}\b/.exec(newest?.slice(newest.indexOf('"text"')) ?? '')?.[0];
    if (code !== undefined) return code;
    await sleep(50);
  }
  throw new Error('no message came');
}

/** Never called: whoever takes any of it for right has lost the types. */
export async function mistakes(dash: ErrandDash): Promise<void> {
  // @ts-expect-error There is no such procedure.
  await dash.wallet.printMoney({});
  // @ts-expect-error An amount is a number.
  await dash.wallet.startTopUp({ amountMinor: '20000', currency: 'NGN', email: 'consumer@demo.example' });
  // @ts-expect-error There is no such role.
  await dash.users.takeRole({ role: 'king' });
  const me = await dash.users.me();
  // @ts-expect-error An instant is a Date.
  const createdAt: string = me.createdAt;
  console.log(createdAt);
}

await main();
