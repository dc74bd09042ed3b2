import type { ApiMeta } from '@errand-dash/contract';
import { signedActions } from '@errand-dash/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { appRouter } from './app-router.ts';

type Procedure = { _def: { type: string; inputs: unknown[]; meta?: ApiMeta } };
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>);

const approvalOf = ([input]: unknown[]): unknown =>
  input instanceof z.ZodObject ? input.shape.approval : undefined;

const signed = procedures.filter(([, { _def }]) => approvalOf(_def.inputs) !== undefined);

test('every procedure that takes a signature is signed as the action of its own name, and no other is', () => {
  const saying = procedures.filter(([, { _def }]) => _def.meta?.signedAction !== undefined);
  expect(signed.map(([path]) => path)).toEqual(saying.map(([path]) => path));
  for (const [path, { _def }] of signed) expect(_def.meta?.signedAction).toBe(path);
});

test('every action of the registry is a procedure', () => {
  expect(signed.map(([path]) => path).sort()).toEqual(Object.keys(signedActions).sort());
});

test.each(Object.values(signedActions).map((row) => [row.name, row.limit] as const))(
  '%s takes its signature %s',
  (name, limit) => {
    const def = procedures.find(([path]) => path === name)?.[1]._def;
    const isFromLimit = limit === 'from_amount';
    expect(def?.meta?.isSignedFromLimit ?? false).toBe(isFromLimit);
    expect(approvalOf(def?.inputs ?? []) instanceof z.ZodOptional).toBe(isFromLimit);
  },
);
