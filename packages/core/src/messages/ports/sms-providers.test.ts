import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAfricasTalkingSms } from './africas-talking-sms.ts';
import type { MessagePort } from './message-port.ts';
import { createTermiiSms } from './termii-sms.ts';
import { type ScriptedProvider, startScriptedProvider } from './testing/scripted-provider.ts';

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await startScriptedProvider();
});
beforeEach(() => {
  provider.asked.length = 0;
});
afterAll(() => provider.close());

const message = { id: '1', to: '+2348031234567', subject: null, text: '123456 is your ErrandDash code.' };
const apiKey = 'demo-key-not-to-be-told';
const secondsMax = 0.4;

const termii = () => createTermiiSms({ baseUrl: provider.url, apiKey, sender: 'ErrandDash', secondsMax });
const africasTalking = () =>
  createAfricasTalkingSms({
    baseUrl: provider.url,
    apiKey,
    username: 'errand-dash',
    sender: 'ErrandDash',
    secondsMax,
  });

// https://developers.termii.com/messaging-api, "Send message", the response.
const termiiSent = `{
  "code": "ok",
  "message_id": "9122821270554876574",
  "message": "Successfully Sent",
  "balance": 9,
  "user": "Peter Mcleish"
}`;
// https://developers.africastalking.com/docs/sms/sending/bulk, the example response.
const africasTalkingSent = (statusCode: number, status: string) => `{
  "SMSMessageData": {
    "Message": "Sent to 1/1 Total Cost: KES 0.8000",
    "Recipients": [{
      "statusCode": ${statusCode},
      "number": "+254711XXXYYY",
      "status": "${status}",
      "cost": "KES 0.8000",
      "messageId": "ATPid_SampleTxnId123"
    }]
  }
}`;

describe('Termii', () => {
  test('is asked as its documentation says', async () => {
    provider.answers({ status: 200, body: termiiSent });
    expect(await termii().send(message)).toEqual({
      outcome: 'sent',
      providerMessageId: '9122821270554876574',
    });
    // https://developers.termii.com/messaging-api, "Body params": the number without a plus, the key in the body.
    expect(provider.asked).toMatchObject([
      {
        method: 'POST',
        path: '/api/sms/send',
        headers: { 'content-type': 'application/json' },
        body: {
          to: '2348031234567',
          from: 'ErrandDash',
          sms: message.text,
          type: 'plain',
          channel: 'dnd',
          api_key: apiKey,
        },
      },
    ]);
  });

  test.each([
    ['an earlier form without a code', { message_id: 'a1', message: 'Successfully Sent', balance: 9 }, 'a1'],
    ['a number for an id, and its text', { code: 'ok', message_id: 9e18, message_id_str: '9001' }, '9001'],
  ])('answers with %s', async (_, body, providerMessageId) => {
    provider.answers({ status: 200, body: JSON.stringify(body) });
    expect(await termii().send(message)).toEqual({ outcome: 'sent', providerMessageId });
  });

  // The codes of https://developers.termii.com/error/.
  test.each([
    [400, 'refused'],
    [401, 'unanswered'],
    [403, 'unanswered'],
    [404, 'refused'],
    [422, 'refused'],
    [429, 'unanswered'],
    [500, 'unanswered'],
    [503, 'unanswered'],
  ])('its %i is %s', async (status, outcome) => {
    provider.answers({ status, body: '{"code":"error","message":"Invalid Sender Id"}' });
    expect(await termii().send(message)).toEqual({ outcome, reason: `http_${status}` });
  });

  test('an answer of another form proves nothing', async () => {
    provider.answers({ status: 200, body: '{"code":"error","message_id":"1"}' });
    expect(await termii().send(message)).toEqual({ outcome: 'unanswered', reason: 'answer_unknown' });
  });
});

describe("Africa's Talking", () => {
  test('is asked as its documentation says', async () => {
    provider.answers({ status: 201, body: africasTalkingSent(101, 'Success') });
    expect(await africasTalking().send(message)).toEqual({
      outcome: 'sent',
      providerMessageId: 'ATPid_SampleTxnId123',
    });
    // https://developers.africastalking.com/docs/sms/sending/bulk, the request by curl.
    expect(provider.asked).toMatchObject([
      {
        method: 'POST',
        path: '/version1/messaging/bulk',
        headers: { accept: 'application/json', 'content-type': 'application/json', apikey: apiKey },
        body: {
          username: 'errand-dash',
          message: message.text,
          senderId: 'ErrandDash',
          phoneNumbers: ['+2348031234567'],
        },
      },
    ]);
  });

  // The status codes of the same page.
  test.each([
    [100, 'Processed', 'sent'],
    [101, 'Sent', 'sent'],
    [102, 'Queued', 'sent'],
    [401, 'RiskHold', 'refused'],
    [402, 'InvalidSenderId', 'refused'],
    [403, 'InvalidPhoneNumber', 'refused'],
    [404, 'UnsupportedNumberType', 'refused'],
    [405, 'InsufficientBalance', 'unanswered'],
    [406, 'UserInBlacklist', 'refused'],
    [407, 'CouldNotRoute', 'refused'],
    [409, 'DoNotDisturbRejection', 'refused'],
    [500, 'InternalServerError', 'unanswered'],
    [501, 'GatewayError', 'unanswered'],
    [502, 'RejectedByGateway', 'refused'],
  ])('its %i (%s) is %s', async (statusCode, status, outcome) => {
    provider.answers({ status: 201, body: africasTalkingSent(statusCode, status) });
    const told =
      outcome === 'sent' ? { providerMessageId: 'ATPid_SampleTxnId123' } : { reason: `status_${statusCode}` };
    expect(await africasTalking().send(message)).toEqual({ outcome, ...told });
  });

  test.each([
    [400, 'refused'],
    [401, 'unanswered'],
    [500, 'unanswered'],
  ])('HTTP %i is %s', async (status, outcome) => {
    provider.answers({ status, body: '{}' });
    expect(await africasTalking().send(message)).toEqual({ outcome, reason: `http_${status}` });
  });

  test.each(['{}', '{"SMSMessageData":{"Message":"Sent to 0/1","Recipients":[]}}'])(
    '%s proves nothing',
    async (body) => {
      provider.answers({ status: 201, body });
      expect(await africasTalking().send(message)).toEqual({
        outcome: 'unanswered',
        reason: 'answer_unknown',
      });
    },
  );
});

describe.each<[string, () => MessagePort]>([
  ['Termii', termii],
  ["Africa's Talking", africasTalking],
])('%s', (_, port) => {
  test.each([
    ['silence', 'silence', 'timeout'],
    ['a broken connection', 'break', 'no_connection'],
    ['what is no JSON', { status: 200, body: '<html>' }, 'answer_not_json'],
    ['too much', { status: 200, body: `"${'x'.repeat(70_000)}"` }, 'answer_too_large'],
    ['a redirect', { status: 307, body: '', headers: { location: 'http://127.0.0.1:9/' } }, 'no_connection'],
  ] as const)(
    '%s leaves it open, and nothing of the key or the code is told',
    async (_name, answer, reason) => {
      provider.answers(answer);
      const delivery = await port().send(message);
      expect(delivery).toEqual({ outcome: 'unanswered', reason });
      expect(provider.asked).toHaveLength(1);
    },
  );
});

test('a provider that is not there leaves it open', async () => {
  const nowhere = { baseUrl: 'http://127.0.0.1:9', apiKey, sender: 'ErrandDash' };
  expect(await createTermiiSms(nowhere).send(message)).toEqual({
    outcome: 'unanswered',
    reason: 'no_connection',
  });
});
