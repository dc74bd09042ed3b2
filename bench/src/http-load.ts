import { connect, type Socket } from 'node:net';
import type { Measure } from './bench-row.ts';

const headerEnd = '\r\n\r\n';

/**
 * Asks for the same address over so many connections kept alive, each asking again as soon as it is answered. By
 * bare sockets, so that little of the machine goes to the one who measures. Every answer must be 200.
 */
export function requester(connections: number, url: string, headers: readonly string[] = []): Measure {
  const { hostname, port, pathname } = new URL(url);
  const request = (index: number) =>
    Buffer.from(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n${headers[index] ?? ''}\r\n`);
  return async (seconds) => {
    const sockets = await Promise.all(
      Array.from({ length: connections }, () => open(hostname, Number(port))),
    );
    const startedAt = performance.now();
    const endsAt = startedAt + seconds * 1000;
    const counts = await Promise.all(
      sockets.map((socket, index) => askUntil(endsAt, socket, request(index))),
    );
    const done = counts.reduce((sum, count) => sum + count, 0);
    return done / ((performance.now() - startedAt) / 1000);
  };
}

/** A connection kept alive that posts JSON, one call after the other, and answers the JSON of each. */
export async function openCaller(url: string) {
  const { hostname, port } = new URL(url);
  const socket = await open(hostname, Number(port));
  let text = '';
  const post = (path: string, body: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const onData = (bytes: Buffer) => {
        text += bytes.toString('latin1');
        if (!isWhole(text)) return;
        socket.off('data', onData);
        const answer = text;
        text = '';
        if (!answer.startsWith('HTTP/1.1 200')) return reject(new Error(`the server answered ${answer}`));
        resolve(JSON.parse(bodyOf(answer)));
      };
      socket.on('data', onData);
      const content = JSON.stringify(body);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`,
      );
    });
  return { post, close: () => socket.destroy() };
}

const open = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host, () => resolve(socket.setNoDelay(true)));
    socket.once('error', reject);
  });

function askUntil(endsAt: number, socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let text = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!isWhole(text)) return;
      if (!text.startsWith('HTTP/1.1 200'))
        return reject(new Error(`the server answered ${text.slice(0, 200)}`));
      text = '';
      count += 1;
      if (performance.now() < endsAt) socket.write(request);
      else socket.end(() => resolve(count));
    });
    socket.write(request);
  });
}

function bodyOf(answer: string): string {
  const head = answer.indexOf(headerEnd);
  const body = answer.slice(head + headerEnd.length);
  if (!/\r\ntransfer-encoding: chunked/i.test(answer.slice(0, head))) return body;
  const chunks: string[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.slice(at, lineEnd), 16);
    if (length === 0) return chunks.join('');
    chunks.push(body.slice(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}

/** Whether an answer has come to its end, told by its length or, where it is chunked, by its last chunk. */
function isWhole(text: string): boolean {
  const head = text.indexOf(headerEnd);
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  const body = text.slice(head + headerEnd.length);
  return length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
}
