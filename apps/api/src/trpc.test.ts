import { type Core, type NoticeFeed, Refused } from '@errand-dash/core';
import { TRPCError } from '@trpc/server';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { publicProcedure, router } from './trpc.ts';

const empty = z.strictObject({});
const procedures = router({
  demo: router({
    forOperators: publicProcedure
      .meta({ isAdmin: true })
      .input(empty)
      .output(empty)
      .query(() => ({})),
    forAll: publicProcedure
      .input(empty)
      .output(empty)
      .query(() => ({})),
  }),
});

/** Nothing of a core is asked for by procedures that do nothing. */
const call = { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: 'test' } as const;
const caller = (callCount: number) =>
  procedures.createCaller({
    core: {} as Core,
    notices: {} as NoticeFeed,
    call,
    userAgent: 'test',
    networkAddress: '192.0.2.1',
    callCount,
  });

test('what is for operators comes alone in its request', async () => {
  expect(await caller(1).demo.forOperators({})).toEqual({});
  expect(await caller(2).demo.forAll({})).toEqual({});
  const refused = await caller(2)
    .demo.forOperators({})
    .catch((error: unknown) => (error instanceof TRPCError ? error.cause : error));
  expect(refused).toBeInstanceOf(Refused);
  expect(refused).toMatchObject({ refusal: { code: 'BATCH_REFUSED' } });
});
