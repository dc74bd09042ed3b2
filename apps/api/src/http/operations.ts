import { parseId } from '@errand-dash/contract';
import {
  type Call,
  type Core,
  databaseTime,
  getPlatformBalances,
  getReconciliationReport,
  getTrialBalanceAt,
  listOpenDrifts,
  listPaymentAlerts,
  listStandstills,
  presentDrift,
  presentReport,
  Refused,
  recomputeBalances,
  refuse,
} from '@errand-dash/core';
import { type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { requestIdOf } from '../context.ts';
import {
  presentPaymentAlerts,
  presentPlatformBook,
  presentTrialBalance,
} from '../present/operations.present.ts';
import { presentBalance } from '../present/wallet.present.ts';

/**
 * What an operator on this machine may read: `/health/detailed`; `/balances`, the platform's whole book with each
 * line beside its recomputation; `/balances/<user id>`, a person's recomputed from the first transfer;
 * `/trial-balance?at=2026-03-31T22:59:59.999Z`, what lay in each kind of account at an instant; `/drifts`, in
 * what the provider's books and ours do not agree, the newest first; `/reconciliation?day=2026-03-01`, the report of a
 * day in Lagos, today's without one; `/alerts`, the payments that wait for a person or have been silent for too long,
 * and the webhooks that were set aside, the newest of each kind, and which of sealing and folding stands still. Never reachable from outside, by its address and by the Host it answers to.
 */
export function operations(core: Core): Router {
  const router = Router();
  router.use(onlyThisMachine);
  router.get('/health/detailed', async (req, res) => {
    const health = await detailedHealth(core, { ...operator, requestId: requestIdOf(req) });
    res.status(health.database.isReachable ? 200 : 503).json(health);
  });
  router.get('/balances', async (req, res: Response) => {
    const book = await getPlatformBalances(core, { ...operator, requestId: requestIdOf(req) }, {});
    res.json(presentPlatformBook(book));
  });
  router.get('/balances/:userId', async (req, res, next) => {
    const userId = parseId('user', req.params.userId);
    if (userId === null) return next();
    const balances = await recomputeBalances(core, { ...operator, requestId: requestIdOf(req) }, { userId });
    res.json({ balances: balances.map(presentBalance) });
  });
  router.get('/trial-balance', async (req, res) => {
    const at = instantOf(req.query.at);
    const call = { ...operator, requestId: requestIdOf(req) };
    res.json(presentTrialBalance(at, await getTrialBalanceAt(core, call, { at })));
  });
  router.get('/drifts', async (req, res) => {
    const call = { ...operator, requestId: requestIdOf(req) };
    const drifts = await listOpenDrifts(core, call, { limit: ROWS_MAX });
    res.json({ drifts: drifts.map(presentDrift) });
  });
  router.get('/alerts', async (req, res) => {
    const call = { ...operator, requestId: requestIdOf(req) };
    const alerts = await listPaymentAlerts(core, call, { limit: ROWS_MAX });
    res.json({ ...presentPaymentAlerts(alerts), standstills: await listStandstills(core, call, {}) });
  });
  router.get('/reconciliation', async (req, res) => {
    const call = { ...operator, requestId: requestIdOf(req) };
    const day = req.query.day === undefined ? undefined : String(req.query.day);
    res.json(presentReport(await getReconciliationReport(core, call, { day })));
  });
  return router;
}

/** Refuses with `INPUT_INVALID` what is not one instant with its zone. */
function instantOf(given: unknown): Date {
  const at = z.iso.datetime({ offset: true }).safeParse(given);
  if (at.success) return new Date(at.data);
  const message = 'must be an instant such as 2026-03-31T22:59:59.999Z';
  throw new Refused(refuse('INPUT_INVALID', { issues: [{ path: 'at', message }] }));
}

/** The most of each kind in one answer. */
const ROWS_MAX = 100;

const operator: Omit<Call, 'requestId'> = {
  caller: { kind: 'server', task: 'operations' },
  idempotencyKey: null,
};

/** A page may let its own name point at 127.0.0.1 and so read what is here; its name is in the Host header. */
const onlyThisMachine: RequestHandler = (req, res, next) => {
  if (['127.0.0.1', 'localhost'].includes(req.hostname)) return next();
  res.status(403).json({ error: { code: 'HOST_REFUSED', message: 'For this machine only.', details: {} } });
};

async function detailedHealth(core: Core, call: Call) {
  const process = { pid: globalThis.process.pid, uptimeSeconds: Math.floor(globalThis.process.uptime()) };
  const startedAt = performance.now();
  try {
    const time = await databaseTime(core, call, {});
    const milliseconds = Math.round(performance.now() - startedAt);
    const clockAheadMilliseconds = time.getTime() - Date.now();
    return { status: 'ok', process, database: { isReachable: true, milliseconds, clockAheadMilliseconds } };
  } catch (error) {
    const problem = error instanceof Error ? error.name : 'unknown';
    return { status: 'degraded', process, database: { isReachable: false, problem } };
  }
}
