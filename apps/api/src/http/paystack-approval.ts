import { approveTransfer, type Core, type TransferToApprove } from '@errand-dash/core';
import express, { Router } from 'express';
import { z } from 'zod';
import { limits } from '../limits.ts';

/**
 * Answers Paystack, before it sends a transfer, whether the transfer is ours: 200, or 400 for any other. The question
 * is not signed, and whoever asks learns only whether he knew reference, amount and payee of a transfer under way.
 */
export function paystackApproval(core: Core): Router {
  const router = Router();
  router.post(
    '/',
    express.json({ type: () => true, limit: limits.requestBytesMax, inflate: false }),
    async (req, res) => {
      const asked = readTransfer(req.body);
      const isOurs = asked !== null && (await approveTransfer(core, asked));
      res.status(isOurs ? 200 : 400).json({});
    },
  );
  return router;
}

const recipientCode = z.string().min(1).max(100);

/** The transfer itself, as Paystack's API shows it elsewhere; the shape of the question is not published. */
const transfer = z.looseObject({
  reference: z.string().regex(/^[a-z0-9_-]{16,50}$/),
  amount: z.int().positive(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullish(),
  recipient: z.union([
    recipientCode,
    z
      .looseObject({ recipient_code: recipientCode })
      .transform((recipient): string => recipient.recipient_code),
  ]),
});

function readTransfer(body: unknown): TransferToApprove | null {
  const { data } = transfer.safeParse(body);
  if (data === undefined) return null;
  const { reference, amount, currency = null, recipient } = data;
  return { reference, amountMinor: BigInt(amount), currency, recipientCode: recipient };
}
