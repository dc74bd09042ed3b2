import { z } from 'zod';
import type { Delivery, MessagePort } from './message-port.ts';
import { postJson } from './post-json.ts';

export interface TermiiSettings {
  /** Each account's own, as its dashboard shows it. */
  baseUrl: string;
  apiKey: string;
  /** A registered sender id of 3 to 11 letters and digits. */
  sender: string;
  /** How long an answer may take. */
  secondsMax?: number;
}

/** Sends text messages through Termii (https://developers.termii.com/messaging-api). */
export function createTermiiSms({ baseUrl, apiKey, sender, secondsMax }: TermiiSettings): MessagePort {
  const address = `${baseUrl.replace(/\/+$/, '')}/api/sms/send`;
  return {
    provider: 'termii',
    send: async ({ to, text }) => {
      const asked = {
        api_key: apiKey,
        // International form without the plus.
        to: to.replace(/^\+/, ''),
        from: sender,
        sms: text,
        type: 'plain',
        // The route that also reaches numbers that are registered as do-not-disturb; codes must arrive.
        channel: 'dnd',
      };
      const answer = await postJson(address, {}, asked, secondsMax);
      return answer.outcome === 'answered' ? readAnswer(answer.status, answer.body) : answer;
    },
  };
}

/** A number in JSON loses its last digits, so the text is preferred where there is one. */
const sent = z.object({
  code: z.literal('ok').optional(),
  message_id: z.union([z.string().max(100), z.number()]).transform(String),
  message_id_str: z.string().max(100).optional(),
});

function readAnswer(status: number, body: unknown): Delivery {
  const parsed = sent.safeParse(body);
  if (status >= 200 && status < 300 && parsed.success) {
    const { message_id, message_id_str } = parsed.data;
    return { outcome: 'sent', providerMessageId: message_id_str ?? message_id };
  }
  if (status >= 200 && status < 300) return { outcome: 'unanswered', reason: 'answer_unknown' };
  const reason = `http_${status}`;
  // The account, not the message: whoever runs it can mend that while the message waits.
  const isForLater = status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
  return { outcome: isForLater ? 'unanswered' : 'refused', reason };
}
