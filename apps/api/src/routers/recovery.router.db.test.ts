import type { Approval } from '@errand-dash/contract';
import { createSoftwareAuthenticator } from '@errand-dash/software-authenticator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const deviceId = 'demo-device-0123456789';
const authenticator = () =>
  createSoftwareAuthenticator({ origin: api.core.auth.origins[0] ?? '', algorithms: ['ES256'] });

/** One mutation as HTTP carries it: its status and its body, byte for byte. */
async function post(path: string, input: object, accessToken?: string, key: string = crypto.randomUUID()) {
  const answer = await fetch(`${api.url}/trpc/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': key,
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ json: input }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: JSON.parse(text) };
}

/** The data of a mutation that must succeed. */
async function dataOf(call: ReturnType<typeof post>) {
  const { status, text, json } = await call;
  if (status !== 200) throw new Error(text);
  return json.result.data.json;
}

async function register(handle: string) {
  const keys = authenticator();
  const begun = await dataOf(post('auth.beginRegistration', { handle, displayName: 'Demo' }));
  const response = await keys.create(begun.options);
  const { ceremony } = begun;
  const signedIn = await dataOf(post('auth.finishRegistration', { ceremony, response, deviceId }));
  return { keys, accessToken: signedIn.tokens.accessToken as string, userId: signedIn.user.userId as string };
}

async function createCodes(person: Awaited<ReturnType<typeof register>>): Promise<string[]> {
  const idempotencyKey = crypto.randomUUID();
  const asked = { action: 'recovery.createCodes', idempotencyKey };
  const { approvalId, options } = await dataOf(post('approvals.begin', asked, person.accessToken));
  const approval: Approval = { approvalId, response: await person.keys.get(options) };
  const made = post('recovery.createCodes', { approval }, person.accessToken, idempotencyKey);
  return (await dataOf(made)).codes;
}

test('a person makes codes and comes back by one of them on a new device', async () => {
  const person = await register('ada_recovers');
  const [code] = await createCodes(person);
  const { recoveryId } = await dataOf(post('recovery.begin', { handle: 'ada_recovers' }));
  const recoveryCode = code?.toLowerCase();
  const { options } = await dataOf(post('recovery.proveByRecoveryCode', { recoveryId, recoveryCode }));
  const response = await authenticator().create(options);
  const back = await dataOf(post('recovery.finish', { recoveryId, response, deviceId }));
  expect(back.user.userId).toBe(person.userId);
  expect(back.user.handle).toBe('ada_recovers');
  const old = await post('users.takeRole', { role: 'sender' }, person.accessToken);
  expect(old.json.error.json.data.refusal.code).toBe('SESSION_ENDED');
});

test('what is answered for a name that nobody has differs in no byte but for ids and instants', async () => {
  await register('bola_recovers');
  const exchanges = [];
  for (const handle of ['bola_recovers', 'nobody_has_this']) {
    const begun = await post('recovery.begin', { handle });
    const recoveryId = begun.json.result.data.json.recoveryId;
    const answers = [
      begun,
      await post('recovery.sendCodes', { recoveryId }),
      await post('recovery.proveByRecoveryCode', { recoveryId, recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }),
      await post('recovery.proveByContacts', { recoveryId, phoneCode: '000000', emailCode: '000000' }),
    ];
    const told = answers.map(({ status, text }) => `${status} ${text}`).join('\n');
    exchanges.push(
      told
        .replaceAll(/recovery_[0-9a-f-]{36}/g, 'recovery_…')
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'instant'),
    );
  }
  expect(exchanges[0]).toContain('CODE_WRONG');
  expect(exchanges[1]).toBe(exchanges[0]);
});

test.each([
  ['recovery.begin', { handle: 'Not A Handle' }],
  ['recovery.proveByRecoveryCode', { recoveryId: 'recovery_1', recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }],
  ['recovery.proveByContacts', { recoveryId: 'recovery_1', phoneCode: '1', emailCode: '000000' }],
  ['recovery.createCodes', {}],
])('%s refuses what is not of its form', async (path, input) => {
  const person = await api.makeUser(path.split('.')[1]?.toLowerCase() ?? '');
  expect((await post(path, input, person.accessToken)).json.error.json.data.refusal.code).toBe(
    'INPUT_INVALID',
  );
});
