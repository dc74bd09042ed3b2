import { type Call, type ClockOffset, type Core, followClock, moveClock, sweeps } from '@errand-dash/core';
import { json, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { requestIdOf } from '../context.ts';
import { malformed } from '../wire-refusal.ts';
import { answerRefusal } from './answer-refusal.ts';

const anonymous: Omit<Call, 'requestId'> = { caller: { kind: 'anonymous' }, idempotencyKey: null };

/** A year at a time is more than any process waits. */
const moveIn = z.strictObject({
  seconds: z
    .number()
    .min(0)
    .max(366 * 86_400),
});

/**
 * `POST /clock {"seconds": 86400}` moves a virtual clock on: of the database first, which is that of API and worker,
 * and then of the sandbox. Every sweep is woken. Zero seconds tell the sandbox the time again.
 * Refuses with `CLOCK_NOT_VIRTUAL` where the time is the real one.
 */
export function clock(core: Core): RequestHandler {
  const router = Router();
  router.post('/clock', json({ limit: '1kb' }), async (req, res) => {
    const move = moveIn.safeParse(req.body);
    if (!move.success) return answerRefusal(res, malformed('A move is {"seconds": n}, from 0 to a year.'));
    const call = { ...anonymous, requestId: requestIdOf(req) };
    res.json(await moveClockOn(core, call, move.data.seconds));
  });
  return router;
}

/** The move, and everybody who must hear of it. */
export async function moveClockOn(core: Core, call: Call, seconds: number): Promise<ClockOffset> {
  const offset = await moveClock(core, call, { seconds });
  await followClock(core, offset);
  for (const queue of Object.keys(sweeps)) core.wake(queue);
  return offset;
}
