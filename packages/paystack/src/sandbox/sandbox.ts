import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { balanceRoutes } from './balance/balance-routes.ts';
import { bankRoutes } from './banks/bank-routes.ts';
import { openBooks } from './books/books.ts';
import { checkoutRoutes } from './checkout/checkout-routes.ts';
import { controlRoutes } from './control/control-routes.ts';
import { createWebhookCourier, type WebhookCourier } from './deliveries/deliver-webhooks.ts';
import { mountRoute, type Route } from './route.ts';
import type { SandboxContext } from './sandbox-context.ts';
import { transactionRoutes } from './transactions/transaction-routes.ts';
import { recipientRoutes } from './transfers/recipient-routes.ts';
import type { TransferOutcome } from './transfers/transfer-outcomes.ts';
import { transferRoutes } from './transfers/transfer-routes.ts';
import { createTransferClock, type TransferClock } from './transfers/transfer-steps.ts';

export interface SandboxOptions {
  /** `sk_test_…` or `sk_live_…`, a made-up one; it decides whether objects say `test` or `live`. */
  readonly secretKey: string;
  /** Null: webhooks are noted as dropped. */
  readonly webhookUrl: string | null;
  /** Asked before a transfer goes out, where given. */
  readonly approvalUrl?: string | null;
  /** Where the books are kept; left out: in memory. */
  readonly booksFile?: string;
  readonly now: () => Date;
  /** Under which browsers reach the checkout page; left out: the address listened on. */
  readonly publicUrl?: string;
  /** Paystack waits 30 seconds for an answer to a webhook. */
  readonly webhookTimeoutSeconds?: number;
  /** The pace of retries: 1 is Paystack's own (3 minutes, then hours), 1/180 tries again after a second. */
  readonly retryScale?: number;
  /** After this long an unfinished payment counts as abandoned. */
  readonly sessionTimeoutSeconds?: number;
  /** Takings wait for POST /sandbox/settle, as with a payout schedule, before they are in the balance. */
  readonly isSettlementHeld?: boolean;
  /** What becomes of a transfer for which no fault is planned. */
  readonly transferOutcome?: TransferOutcome;
  /** Between two statuses of a transfer, in the sandbox's time. */
  readonly transferStepSeconds?: number;
  /** Allows POST /sandbox/clock. */
  readonly isClockAdjustable?: boolean;
  /** Told of faults of its own; left out: one in a request is a warning, one in the background the end. */
  readonly onError?: (error: unknown) => void;
}

export interface Sandbox {
  readonly app: Express;
  /** Starts answering and delivering; port 0 takes a free one. */
  listen(port: number, host?: string): Promise<{ readonly url: string; readonly port: number }>;
  /** Does everything that is due at the sandbox's time, until nothing more is. */
  workUntilQuiet(): Promise<void>;
  close(): Promise<void>;
}

const TICK_MILLISECONDS = 50;
const BODY_LIMIT = '100kb';

/**
 * A stand-in for Paystack: its API as the OpenAPI document describes it, a checkout page, signed
 * webhooks, a balance with its ledger, and a plan of faults. Throws a TypeError for impossible settings.
 */
export function createSandbox(options: SandboxOptions): Sandbox {
  let listenedUrl = 'http://127.0.0.1';
  const context = contextOf(options, () => options.publicUrl ?? listenedUrl);
  const courier = createWebhookCourier(context);
  const transfers = createTransferClock(context);
  const onError = options.onError ?? endProcess;
  const app = createApp(context, courier, options.onError ?? warn);
  const server = createServer(app);
  const ticking = setInterval(() => {
    transfers.stepDue().catch(onError);
    courier.deliverDue().catch(onError);
  }, TICK_MILLISECONDS);
  ticking.unref();
  return {
    app,
    listen: async (port, host = '127.0.0.1') => {
      await listenOn(server, port, host);
      const address = server.address() as AddressInfo;
      listenedUrl = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
      return { url: listenedUrl, port: address.port };
    },
    workUntilQuiet: () => workUntilQuiet(context, courier, transfers),
    close: async () => {
      clearInterval(ticking);
      await closeServer(server);
      await Promise.all([courier.stop(), transfers.stop()]);
      context.books.close();
    },
  };
}

function contextOf(options: SandboxOptions, publicUrl: () => string): SandboxContext {
  const domain = /^sk_(test|live)_[A-Za-z0-9_-]+$/.exec(options.secretKey)?.[1];
  if (domain !== 'test' && domain !== 'live') {
    throw new TypeError('The sandbox key must look like sk_test_… or sk_live_…');
  }
  for (const address of [options.webhookUrl, options.approvalUrl, options.publicUrl]) {
    if (typeof address === 'string' && !/^https?:$/.test(URL.parse(address)?.protocol ?? '')) {
      throw new TypeError('The addresses of webhooks, approval and checkout must be http or https');
    }
  }
  const books = openBooks(options.booksFile ?? null);
  return {
    secretKey: options.secretKey,
    domain,
    webhookUrl: options.webhookUrl,
    approvalUrl: options.approvalUrl ?? null,
    webhookTimeoutSeconds: options.webhookTimeoutSeconds ?? 30,
    retryScale: options.retryScale ?? 1 / 180,
    sessionTimeoutSeconds: options.sessionTimeoutSeconds ?? 3_600,
    isSettlementHeld: options.isSettlementHeld ?? false,
    transferOutcome: options.transferOutcome ?? 'pending_then_success',
    transferStepSeconds: options.transferStepSeconds ?? 1,
    isClockAdjustable: options.isClockAdjustable ?? false,
    books,
    now: () => new Date(options.now().getTime() + (books.get('clock', 'offset') ?? 0) * 1_000),
    publicUrl: () => publicUrl().replace(/\/+$/, ''),
  };
}

function createApp(
  context: SandboxContext,
  courier: WebhookCourier,
  onError: (error: unknown) => void,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  const mount = (route: Route) => mountRoute(app, context, courier, route);
  app.use('/checkout', express.urlencoded({ extended: false, limit: BODY_LIMIT }));
  checkoutRoutes(context).forEach(mount);
  // Everything below needs the key, and nobody without it gets a body parsed.
  app.use(requireKey(context.secretKey));
  app.use(express.json({ limit: BODY_LIMIT }));
  app.use(express.urlencoded({ extended: false, limit: BODY_LIMIT }), readFormAmount);
  transactionRoutes(context).forEach(mount);
  balanceRoutes(context).forEach(mount);
  bankRoutes(context).forEach(mount);
  recipientRoutes(context).forEach(mount);
  transferRoutes(context).forEach(mount);
  controlRoutes(context, courier).forEach(mount);
  app.use((_request, response) => {
    response.status(404).json({ status: false, message: 'Entity not found' });
  });
  app.use(answerError(onError));
  return app;
}

/** The 401 of the OpenAPI document. */
function requireKey(secretKey: string): RequestHandler {
  const expected = Buffer.from(`Bearer ${secretKey}`);
  return (request, response, next) => {
    const given = Buffer.from(request.get('authorization') ?? '');
    if (given.length === expected.length && timingSafeEqual(given, expected)) {
      next();
      return;
    }
    const message = given.length === 0 ? 'No Authorization Header was found' : 'Invalid key';
    response.status(401).json({ status: false, message });
  };
}

/** The OpenAPI document also takes forms, in which an integer can only be text. */
const readFormAmount: RequestHandler = (request, _response, next) => {
  const amount: unknown = request.body?.amount;
  if (request.is('urlencoded') && typeof amount === 'string' && /^\d{1,15}$/.test(amount)) {
    request.body = { ...request.body, amount: Number(amount) };
  }
  next();
};

/** A body that cannot be read is the caller's fault; anything else is ours, and told to the owner. */
function answerError(onError: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const status: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : null;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      const body = { status: false, message: 'The body could not be read', type: 'validation_error' };
      response.status(status).json({ ...body, code: 'invalid_params' });
      return;
    }
    response
      .status(500)
      .json({ status: false, message: 'An error occurred', type: 'api_error', code: 'unknown' });
    onError(error);
  };
}

async function workUntilQuiet(
  context: SandboxContext,
  courier: WebhookCourier,
  transfers: TransferClock,
): Promise<void> {
  const isDue = () => {
    const now = context.now().toISOString();
    const { books } = context;
    return (
      transfers.isBusy() ||
      courier.isBusy() ||
      books.keys('dueTransfer').some((key) => (books.get('dueTransfer', key) ?? '') <= now) ||
      books.keys('dueDelivery').some((key) => (books.get('delivery', key)?.nextAttemptAt ?? '') <= now)
    );
  };
  while (isDue()) {
    await transfers.stepDue();
    await courier.deliverDue();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function endProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
