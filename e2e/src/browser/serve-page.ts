import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { rolldown } from 'rolldown';

const folder = path.resolve(import.meta.dirname, '../../page');

/** Serves the page on a free port of this machine, with the built SDK bundled as an app would bundle it. */
export async function servePage(): Promise<{ origin: string; close: () => Promise<void> }> {
  const html = await readFile(path.join(folder, 'page.html'));
  const scripts = await bundle(path.join(folder, 'page.ts'));
  const server = createServer((request, response) => {
    const script = scripts.get(request.url ?? '');
    response.setHeader('content-type', script === undefined ? 'text/html; charset=utf-8' : 'text/javascript');
    response.end(script ?? html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    // By this name, since a browser gives passkeys to no address.
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The code of each file by its path: what the SDK loads later is a file of its own. */
async function bundle(input: string): Promise<Map<string, string>> {
  const built = await rolldown({ input, platform: 'browser', logLevel: 'warn' });
  const { output } = await built.generate({ format: 'esm' });
  await built.close();
  return new Map(output.flatMap((file) => (file.type === 'chunk' ? [[`/${file.fileName}`, file.code]] : [])));
}
