import { createAfricasTalkingSms } from './africas-talking-sms.ts';
import { createFileMessages } from './file-messages.ts';
import type { MessagePort, MessagePorts } from './message-port.ts';
import { createSmtpMail } from './smtp-mail.ts';
import { createTermiiSms } from './termii-sms.ts';

/** What the settings say of messages. */
export interface MessageSettings {
  sms:
    | {
        provider: 'termii' | 'africas_talking';
        baseUrl: string;
        apiKey: string;
        sender: string;
        username: string;
      }
    | { provider: 'file'; file: string }
    | null;
  mail:
    | { provider: 'smtp'; url: string; from: string; isTlsRequired: boolean }
    | { provider: 'file'; file: string }
    | null;
}

/** The ports by which messages go out. Where nothing is configured they wait until they are of no use. */
export function createMessagePorts({ sms, mail }: MessageSettings): MessagePorts {
  return { phone: smsPort(sms), email: mailPort(mail) };
}

function smsPort(sms: MessageSettings['sms']): MessagePort {
  switch (sms?.provider) {
    case 'termii':
      return createTermiiSms(sms);
    case 'africas_talking':
      return createAfricasTalkingSms(sms);
    case 'file':
      return createFileMessages(sms.file);
    default:
      return absentPort;
  }
}

function mailPort(mail: MessageSettings['mail']): MessagePort {
  switch (mail?.provider) {
    case 'smtp':
      return createSmtpMail(mail);
    case 'file':
      return createFileMessages(mail.file);
    default:
      return absentPort;
  }
}

const absentPort: MessagePort = {
  provider: 'none',
  send: async () => ({ outcome: 'unanswered', reason: 'not_configured' }),
};
