import { expect, it } from 'vitest';
import { messageLines } from './message-lines.ts';

it('shows each captured message on a line, newest last, whatever it says', () => {
  const sms = [
    { id: '018f-3', to: '+2348030000001', text: '123456 is your code.' },
    { id: '018f-1', to: '+2348030000002', text: '654321 is your code.' },
  ];
  const mail = { id: '018f-2', to: 'ada@demo.example', subject: 'Hello', text: 'one\ntwo\u001b[2J' };
  const captured = [
    { channel: 'sms', text: `${sms.map((each) => JSON.stringify(each)).join('\n')}\nno message\n{}\n` },
    { channel: 'mail', text: JSON.stringify(mail) },
  ];
  expect(messageLines(captured)).toEqual([
    'sms  +2348030000002  654321 is your code.',
    'mail  ada@demo.example  Hello  one two [2J',
    'sms  +2348030000001  123456 is your code.',
  ]);
});
