import { once } from 'node:events';
import { createServer } from 'node:net';

/** The wanted port if nobody has it, else any free one. Zero asks for any. */
export async function choosePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? 0;
}

/** The API binds every interface and the others one; a port that either may not have is taken. */
async function tryPort(port: number): Promise<number | null> {
  const found = await bind(port, '127.0.0.1');
  if (found === null) return null;
  return (await bind(found, '::')) ?? (await bind(found, '0.0.0.0'));
}

async function bind(port: number, host: string): Promise<number | null> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : null;
  } catch {
    return null;
  } finally {
    server.close();
  }
}
