// Our whole server and a bare express route, in a process of their own, so that whoever asks does not slow them down.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from '@errand-dash/api';
import { coreSettings, createCore, type Environment, readSettings } from '@errand-dash/core';
import { createDb, createPool } from '@errand-dash/db';
import express from 'express';
import type { ServerAddresses } from './start-servers.ts';

const [environment] = await once(process, 'message');
const settings = readSettings(coreSettings, environment as Environment);
const pool = createPool({
  url: settings.DATABASE_URL,
  connectionsMax: settings.DATABASE_CONNECTIONS_MAX,
  applicationName: 'errand-dash-bench',
  statementTimeoutSeconds: 30,
  waitSecondsMax: 10,
});
const log = () => undefined;
const { policy, ...processes } = createCore(settings, { db: createDb(pool), wake: () => undefined, log });
// In a minute the people of the bench do more than anybody may do in a day without a signature.
const core = { ...processes, policy: { ...policy, signatureRollingFromMinor: 2n ** 60n } };
const place = {
  host: '127.0.0.1',
  port: 0,
  opsPort: 0,
  origins: settings.RP_ORIGINS,
  isClockVirtual: false,
  proxyHops: 0,
  rateLimits: null,
};
const { url } = await createServer({ core, settings: place, log }).listen();

const bare = express();
bare.get('/ping', (_req, res) => {
  res.json({ result: { data: { json: {} } } });
});
const listener = bare.listen(0, '127.0.0.1', () => {
  const { port } = listener.address() as AddressInfo;
  const addresses: ServerAddresses = { apiUrl: url, bareUrl: `http://127.0.0.1:${port}/ping` };
  process.send?.(addresses);
});
process.once('disconnect', () => process.exit());
