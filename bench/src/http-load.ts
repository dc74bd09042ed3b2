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

/** Whether an answer has come to its end, told by its length or, where it is chunked, by its last chunk. */
function isWhole(text: string): boolean {
  const head = text.indexOf(headerEnd);
  if (head < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  const body = text.slice(head + headerEnd.length);
  return length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
}
