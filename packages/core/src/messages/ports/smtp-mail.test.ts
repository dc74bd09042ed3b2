import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSmtpMail, type SmtpSettings } from './smtp-mail.ts';
import { makeCertificate, type SmtpStandIn, startSmtpStandIn } from './testing/smtp-stand-in.ts';

const message = {
  id: '018f3c5a-0000-7000-8000-000000000001',
  to: 'ada@demo.example',
  subject: 'Ihr Code: 123456 – für Sie',
  text: '123456 is your ErrandDash code.\n.\nIt is good for 5 minutes.',
};
const from = 'ErrandDash <hello@errand-dash.example>';

let certificate: { cert: string; key: string };
const open: { close: () => Promise<unknown> }[] = [];

beforeAll(async () => {
  certificate = await makeCertificate('localhost');
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(options: SMTPServerOptions = {}): Promise<SmtpStandIn> {
  const server = await startSmtpStandIn({ ...certificate, ...options });
  open.push(server);
  return server;
}

const mailTo = (port: number, given: Partial<SmtpSettings> = {}) =>
  createSmtpMail({
    url: `smtp://localhost:${port}`,
    from,
    isTlsRequired: true,
    certificateAuthority: certificate.cert,
    secondsMax: 5,
    ...given,
  });

describe('a mail', () => {
  test('goes over STARTTLS with the login, to one address, under the same name at each attempt', async () => {
    const { port, received } = await start();
    const url = `smtp://errand%40dash:demo-password@localhost:${port}`;
    const mail = mailTo(port, { url });
    const providerMessageId = `<${message.id}@errand-dash.example>`;
    expect(await mail.send(message)).toEqual({ outcome: 'sent', providerMessageId });
    expect(await mail.send(message)).toEqual({ outcome: 'sent', providerMessageId });
    expect(received).toHaveLength(2);
    const [first] = received;
    expect(first).toMatchObject({
      from: 'hello@errand-dash.example',
      to: ['ada@demo.example'],
      isOverTls: true,
      user: 'errand@dash',
    });
    const [head = '', ...body] = first?.raw.split('\r\n\r\n') ?? [];
    expect(head).toContain(`Message-ID: ${providerMessageId}`);
    expect(head).toContain('To: ada@demo.example');
    expect(head).toContain('From: ErrandDash <hello@errand-dash.example>');
    expect(head).toContain('Auto-Submitted: auto-generated');
    expect(head).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(body.join()).toContain('123456 is your ErrandDash code.\r\n.\r\nIt is good');
  });

  test('goes over TLS from the first byte', async () => {
    const { port, received } = await start({ secure: true });
    const delivery = await mailTo(port, { url: `smtps://localhost:${port}` }).send(message);
    expect(delivery).toMatchObject({ outcome: 'sent' });
    expect(received).toMatchObject([{ isOverTls: true }]);
  });

  test('goes in the clear to a server of this machine where that is allowed', async () => {
    const { port, received } = await start({ disabledCommands: ['STARTTLS'] });
    expect(await mailTo(port, { isTlsRequired: false }).send(message)).toMatchObject({ outcome: 'sent' });
    expect(received).toMatchObject([{ isOverTls: false }]);
  });

  test.each([
    ['a comma in the address', { to: 'ada@demo.example,eve@evil.example' }],
    ['a line break in the address', { to: 'ada@demo.example\r\nRCPT TO:<eve@evil.example>' }],
    ['a line break in the subject', { subject: 'Hello\r\nBcc: eve@evil.example' }],
  ])('reaches nobody else by %s', async (_, changed) => {
    const { port, received } = await start();
    await mailTo(port).send({ ...message, ...changed });
    for (const { to, raw } of received) {
      expect(to).not.toContain('eve@evil.example');
      expect(raw).not.toMatch(/^Bcc:/im);
    }
  });
});

describe('nothing is said to', () => {
  test('a server that does not turn to TLS', async () => {
    const { port, received } = await start({ disabledCommands: ['STARTTLS'] });
    const url = `smtp://demo:demo-password@localhost:${port}`;
    expect(await mailTo(port, { url }).send(message)).toMatchObject({ outcome: 'unanswered' });
    expect(received).toEqual([]);
  });

  test.each([
    [
      'an authority that is not known',
      async () => ({ certificateAuthority: (await makeCertificate('x')).cert }),
    ],
    ['another name', async () => ({ url: 'smtp://127.0.0.1' })],
  ])('a server whose certificate is of %s', async (_, changed) => {
    const senders: string[] = [];
    const { port, received } = await start({
      onMailFrom: ({ address }, _session, done) => {
        senders.push(address);
        done();
      },
    });
    const given = await changed();
    const url = 'url' in given ? `${given.url}:${port}` : `smtp://localhost:${port}`;
    const delivery = await mailTo(port, { ...given, url }).send(message);
    expect(delivery).toMatchObject({ outcome: 'unanswered' });
    expect([senders, received]).toEqual([[], []]);
  });
});

describe('a server that refuses', () => {
  const refusing = (responseCode: number) => Object.assign(new Error('ada@demo.example'), { responseCode });

  test.each([
    [450, 'unanswered'],
    [451, 'unanswered'],
    [550, 'refused'],
    [553, 'refused'],
  ])('the recipient with %i: %s', async (code, outcome) => {
    const { port } = await start({ onRcptTo: (_address, _session, done) => done(refusing(code)) });
    expect(await mailTo(port).send(message)).toEqual({ outcome, reason: `smtp_${code}` });
  });

  test.each([
    [421, 'unanswered'],
    [554, 'refused'],
  ])('the mail itself with %i: %s', async (code, outcome) => {
    const { port } = await start({
      onData: (stream, _session, done) => stream.on('end', () => done(refusing(code))).resume(),
    });
    expect(await mailTo(port).send(message)).toEqual({ outcome, reason: `smtp_${code}` });
  });

  test('the login leaves the mail for later, and tells nothing of it', async () => {
    const { port, received } = await start();
    const delivery = await mailTo(port, { url: `smtp://demo:wrong-secret@localhost:${port}` }).send(message);
    expect(delivery).toEqual({ outcome: 'unanswered', reason: 'smtp_535' });
    expect(received).toEqual([]);
  });
});

describe('a server that is not there or not itself', () => {
  async function startRaw(onSocket: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({
      close: async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
      },
    });
    return (server.address() as AddressInfo).port;
  }

  test('refuses the connection', async () => {
    expect(await mailTo(9, { url: 'smtp://127.0.0.1:9' }).send(message)).toMatchObject({
      outcome: 'unanswered',
    });
  });

  test.each([
    ['says nothing', () => undefined],
    ['hangs up', (socket: Socket) => socket.end()],
    ['speaks another language', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    [
      'greets for ever',
      (socket: Socket) => {
        const greeting = setInterval(() => socket.write('220-wait\r\n'), 20);
        socket.on('close', () => clearInterval(greeting));
      },
    ],
  ])('%s', async (_, onSocket) => {
    const port = await startRaw(onSocket);
    const delivery = await mailTo(port, { url: `smtp://127.0.0.1:${port}`, secondsMax: 0.4 }).send(message);
    expect(delivery).toMatchObject({ outcome: 'unanswered' });
  });
});
