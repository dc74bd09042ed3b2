import { createTransport } from 'nodemailer';
import type { Delivery, Message, MessagePort } from './message-port.ts';
import { SEND_SECONDS_MAX } from './message-port.ts';

export interface SmtpSettings {
  /** `smtps://user:password@host:465`, or `smtp://…:587`, which turns to TLS by STARTTLS. */
  url: string;
  /** The sender, such as `ErrandDash <hello@errand-dash.example>`. */
  from: string;
  /** Whether nothing is said to a server that does not turn to TLS. False only for one on this machine. */
  isTlsRequired: boolean;
  /** A certificate authority that is trusted instead of the usual ones, in PEM. */
  certificateAuthority?: string;
  /** How long all of it may take. */
  secondsMax?: number;
}

/** Hands mails to an SMTP server. Its certificate must be valid for its name, always. */
export function createSmtpMail(settings: SmtpSettings): MessagePort {
  const { from, secondsMax = SEND_SECONDS_MAX } = settings;
  const domain = /@([^\s>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    provider: 'smtp',
    send: async (message) => {
      // A connection for each: few are sent, and none lingers that the other side has closed.
      const transport = createTransport(connectionOf(settings, secondsMax * 1000));
      const sending = transport
        .sendMail(mailOf(message, from, domain))
        .then(({ messageId }): Delivery => ({ outcome: 'sent', providerMessageId: messageId }), readFailure);
      try {
        return await Promise.race([sending, timeoutAfter(secondsMax)]);
      } finally {
        transport.close();
      }
    },
  };
}

function connectionOf({ url, isTlsRequired, certificateAuthority }: SmtpSettings, milliseconds: number) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isTlsAtOnce = protocol === 'smtps:';
  const auth =
    username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } };
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isTlsAtOnce ? 465 : 587) : Number(port),
    secure: isTlsAtOnce,
    requireTLS: isTlsRequired && !isTlsAtOnce,
    ...auth,
    tls: {
      minVersion: 'TLSv1.2' as const,
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    },
    dnsTimeout: milliseconds,
    connectionTimeout: milliseconds,
    greetingTimeout: milliseconds,
    socketTimeout: milliseconds,
  };
}

/** The same Message-ID at every attempt, so that whoever gets two of it can tell. */
const mailOf = ({ id, to, subject, text }: Message, from: string, domain: string) => ({
  from,
  // As a list of one, so that a comma in it begins no second address.
  to: [{ name: '', address: to }],
  subject: subject ?? '',
  text,
  messageId: `<${id}@${domain}>`,
  headers: { 'Auto-Submitted': 'auto-generated' },
  disableFileAccess: true,
  disableUrlAccess: true,
});

/** By the code alone: the words quote the address, and those of a login its name. */
function readFailure(error: unknown): Delivery {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const reason = typeof code === 'string' ? code.toLowerCase() : 'unknown';
  if (typeof responseCode !== 'number') return { outcome: 'unanswered', reason };
  // Of the sender, the recipient or the mail (RFC 5321, section 4.2.1). A refused login, or no TLS, is for whoever
  // runs this to mend, and the mail is as good as before.
  const isRefused = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return { outcome: isRefused ? 'refused' : 'unanswered', reason: `smtp_${responseCode}` };
}

function timeoutAfter(seconds: number): Promise<Delivery> {
  return new Promise((resolve) => {
    setTimeout(() => resolve({ outcome: 'unanswered', reason: 'timeout' }), seconds * 1000).unref();
  });
}
