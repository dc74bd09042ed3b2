import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the stand-in was asked. */
export interface AskedProvider {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** What it answers next. `silence`: nothing at all. `break`: it hangs up. */
export type ScriptedAnswer =
  | { status: number; body: string; headers?: Readonly<Record<string, string>> }
  | 'silence'
  | 'break';

export interface ScriptedProvider {
  url: string;
  asked: AskedProvider[];
  answers: (answer: ScriptedAnswer) => void;
  close: () => Promise<void>;
}

/** An HTTP server in the place of a provider, which keeps what it is asked and answers as it is told. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const asked: AskedProvider[] = [];
  let next: ScriptedAnswer = 'silence';
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    asked.push({ method, path, headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
    if (next === 'silence') return;
    if (next === 'break') return void request.socket.destroy();
    response.writeHead(next.status, { 'content-type': 'application/json', ...next.headers });
    response.end(next.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers: (answer) => {
      next = answer;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
