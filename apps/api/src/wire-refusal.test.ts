import { errors } from '@errand-dash/contract';
import { Refused, refuse } from '@errand-dash/core';
import { CommitUnknown, PoolExhausted } from '@errand-dash/db';
import { TRPCError } from '@trpc/server';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { refusal, retryAfterOf, toWireRefusal } from './wire-refusal.ts';

const thrown = (cause: unknown) => new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause });
const pgError = (code: string) => Object.assign(new Error('from the database'), { code });
const issuesOf = (schema: z.ZodType, input: unknown) => schema.safeParse(input).error;

describe('what a caller is told of', () => {
  test.each([
    [
      'a refusal',
      thrown(new Refused(refuse('CODE_WRONG', { triesLeft: 2 }))),
      { code: 'CODE_WRONG', details: { triesLeft: 2 } },
    ],
    [
      'an exhausted pool',
      thrown(new PoolExhausted('none')),
      { code: 'SERVICE_BUSY', details: { retryAfterSeconds: 1 } },
    ],
    ['a lost reply to COMMIT', thrown(new CommitUnknown(null)), { code: 'SERVICE_BUSY' }],
    ['a deadlock that did not end', thrown(pgError('40P01')), { code: 'SERVICE_BUSY' }],
    ['a statement that ran too long', thrown(pgError('57014')), { code: 'SERVICE_BUSY' }],
    ['a database that is away', thrown(pgError('ECONNREFUSED')), { code: 'SERVICE_BUSY' }],
    ['a broken constraint', thrown(pgError('23514')), { code: 'INTERNAL', details: { requestId: 'r-1' } }],
    ['an answer of ours that is not as promised', thrown(issuesOf(z.string(), 1)), { code: 'INTERNAL' }],
    ['something thrown that is no error', thrown('words'), { code: 'INTERNAL' }],
    ['a time-out of tRPC', new TRPCError({ code: 'TIMEOUT' }), { code: 'INTERNAL' }],
  ])('%s', (_name, error, told) => {
    expect(toWireRefusal(error, 'r-1')).toMatchObject(told);
  });

  test('a wrong input: where, and what it must be', () => {
    const schema = z.strictObject({ place: z.strictObject({ latitude: z.number().max(90) }) });
    const error = new TRPCError({
      code: 'BAD_REQUEST',
      cause: issuesOf(schema, { place: { latitude: 91 } }),
    });
    const details = { issues: [{ path: 'place.latitude', message: expect.stringContaining('90') }] };
    expect(toWireRefusal(error, 'r-1')).toEqual({ code: 'INPUT_INVALID', details });
  });

  test('a thousand wrong places: the first twenty', () => {
    const cause = issuesOf(z.array(z.string()), Array(1000).fill(1));
    const told = toWireRefusal(new TRPCError({ code: 'BAD_REQUEST', cause }), 'r-1');
    if (told.code !== 'INPUT_INVALID') throw new Error(told.code);
    expect(told.details.issues).toHaveLength(20);
  });
});

test('whoever called too often is told when to come again', () => {
  const often = Object.entries(errors).filter(([, { status }]) => status === 'TOO_MANY_REQUESTS');
  expect(often.map(([code]) => code).sort()).toEqual(['RATE_LIMITED', 'STREAM_LIMIT_REACHED']);
  for (const [, { details }] of often) expect(details.shape).toHaveProperty('retryAfterSeconds');
  expect(retryAfterOf(refusal('STREAM_LIMIT_REACHED', { max: 4, retryAfterSeconds: 5 }))).toBe('5');
});
