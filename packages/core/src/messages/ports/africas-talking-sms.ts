import { z } from 'zod';
import type { Delivery, MessagePort } from './message-port.ts';
import { postJson } from './post-json.ts';

export interface AfricasTalkingSettings {
  baseUrl: string;
  apiKey: string;
  /** The name of the application there. */
  username: string;
  /** A registered short code or alphanumeric sender. */
  sender: string;
  /** How long an answer may take. */
  secondsMax?: number;
}

/**
 * Sends text messages through Africa's Talking, by its endpoint for bulk messages
 * (https://developers.africastalking.com/docs/sms/sending/bulk).
 */
export function createAfricasTalkingSms(settings: AfricasTalkingSettings): MessagePort {
  const { apiKey, username, sender, secondsMax } = settings;
  const address = `${settings.baseUrl.replace(/\/+$/, '')}/version1/messaging/bulk`;
  return {
    provider: 'africas_talking',
    send: async ({ to, text }) => {
      const asked = { username, message: text, senderId: sender, phoneNumbers: [to] };
      const answer = await postJson(address, { apiKey }, asked, secondsMax);
      return answer.outcome === 'answered' ? readAnswer(answer.status, answer.body) : answer;
    },
  };
}

const result = z.object({
  SMSMessageData: z.object({
    Recipients: z.array(z.object({ statusCode: z.int(), messageId: z.string().max(100) })).length(1),
  }),
});

function readAnswer(status: number, body: unknown): Delivery {
  if (status < 200 || status >= 300) {
    const reason = `http_${status}`;
    const isForLater = status === 401 || status === 403 || status === 408 || status === 429 || status >= 500;
    return { outcome: isForLater ? 'unanswered' : 'refused', reason };
  }
  const [recipient] = result.safeParse(body).data?.SMSMessageData.Recipients ?? [];
  if (recipient === undefined) return { outcome: 'unanswered', reason: 'answer_unknown' };
  const { statusCode, messageId } = recipient;
  if (TAKEN.has(statusCode)) return { outcome: 'sent', providerMessageId: messageId };
  return { outcome: FOR_LATER.has(statusCode) ? 'unanswered' : 'refused', reason: `status_${statusCode}` };
}

/** Processed, sent, queued. */
const TAKEN: ReadonlySet<number> = new Set([100, 101, 102]);
/** InsufficientBalance, InternalServerError, GatewayError. The others are about the number or the sender. */
const FOR_LATER: ReadonlySet<number> = new Set([405, 500, 501]);
