import type { Server } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Core, createDatabaseClock, type Log } from '@errand-dash/core';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { requestIdOf } from './context.ts';
import { answerErrors, answerUnknownPath } from './http/answer-refusal.ts';
import { clock } from './http/clock.ts';
import { allowOrigins } from './http/cross-origin.ts';
import { health } from './http/health.ts';
import { limitPublicPaths } from './http/limit-public-paths.ts';
import { type OpenStreams, openStreams } from './http/open-streams.ts';
import { operations } from './http/operations.ts';
import { paystackApproval } from './http/paystack-approval.ts';
import { paystackWebhook } from './http/paystack-webhook.ts';
import { publishHeads } from './http/publish-heads.ts';
import { publishKeys } from './http/publish-keys.ts';
import { trpcHandler } from './http/trpc-handler.ts';
import { limits } from './limits.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { RateLimits } from './rate-limits.ts';

export interface ServerSettings {
  /** The interface that the public port binds. */
  host: string;
  port: number;
  /** The operations port, on 127.0.0.1 alone. 0 takes any free one, as for `port`. */
  opsPort: number;
  /** Pages of these origins may call. */
  origins: readonly string[];
  /** Whether the operations port may move the time on. */
  isClockVirtual: boolean;
  /** How many proxies in front are ours, whose X-Forwarded-For is believed. */
  proxyHops: number;
  /** How often whom may call what; null for as often as he likes. */
  rateLimits: RateLimits | null;
}

export interface ApiServer {
  /** Begins to accept. Says where. */
  listen: () => Promise<{ url: string; opsUrl: string }>;
  /** Stops accepting, cuts live streams, lets what runs finish for a while, and closes what is left. */
  close: () => Promise<void>;
}

/** The API over HTTP: tRPC, webhooks, health and keys on one port, operations on another. */
export function createServer(given: { core: Core; settings: ServerSettings; log: Log }): ApiServer {
  const { settings } = given;
  const streams = openStreams();
  const servers = [
    { server: bounded(publicApp({ ...given, streams })), port: settings.port, host: settings.host },
    { server: bounded(operationsApp(given)), port: settings.opsPort, host: '127.0.0.1' },
  ] as const;
  return {
    async listen() {
      const [url, opsUrl] = await Promise.all(
        servers.map(({ server, port, host }) => listen(server, port, host)),
      );
      if (url === undefined || opsUrl === undefined) throw new Error('a server has no address');
      return { url, opsUrl };
    },
    async close() {
      const closed = Promise.all(servers.map(({ server }) => drain(server)));
      // Again and again, since one may be opened by a request that had arrived before.
      const cutting = setInterval(streams.cut, 100);
      streams.cut();
      await closed.finally(() => clearInterval(cutting));
    },
  };
}

function publicApp({
  core,
  settings,
  log,
  streams,
}: Parameters<typeof createServer>[0] & { streams: OpenStreams }): Express {
  const app = bareApp(settings.proxyHops);
  const databaseClock = createDatabaseClock(core, { isVirtual: settings.isClockVirtual });
  const { rateLimits } = settings;
  const rateLimiter = rateLimits === null ? undefined : createRateLimiter(core, databaseClock, rateLimits);
  app.use(streams.notice);
  app.use(allowOrigins(settings.origins));
  // First, since nearly every request is for it, and each path before it is compared.
  app.use('/trpc', trpcHandler(core, databaseClock, log, rateLimiter));
  app.get('/health', health);
  const limit = limitPublicPaths(rateLimiter);
  app.get('/.well-known/jwks.json', limit, publishKeys(core));
  app.use(publishHeads(core, limit));
  app.use('/webhooks/paystack', paystackWebhook(core, log));
  app.use('/webhooks/paystack/approve-transfer', paystackApproval(core));
  app.use(answerUnknownPath, answerErrors(log));
  return app;
}

function operationsApp({ core, settings, log }: Parameters<typeof createServer>[0]): Express {
  const app = bareApp(0);
  app.use(operations(core));
  if (settings.isClockVirtual) app.use(clock(core));
  app.use(answerUnknownPath, answerErrors(log));
  return app;
}

function bareApp(proxyHops: number): Express {
  const app = express();
  app.set('trust proxy', proxyHops);
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      },
    }),
  );
  app.use((req, res, next) => {
    res.setHeader('cache-control', 'no-store');
    res.setHeader('x-request-id', requestIdOf(req));
    next();
  });
  return app;
}

function bounded(app: Express): Server {
  const server = createHttpServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      requestTimeout: limits.requestSeconds * 1000,
      headersTimeout: limits.headersSeconds * 1000,
      keepAliveTimeout: limits.keepAliveSeconds * 1000,
    },
    app,
  );
  return server;
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve(
        `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
      );
    });
  });
}

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    const cut = setTimeout(() => server.closeAllConnections(), limits.drainSeconds * 1000);
    // Again and again: a client keeps the connection on which it was answered meanwhile, for its next call.
    const closing = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(closing);
      resolve();
    });
  });
}
