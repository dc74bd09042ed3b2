import { type Core, type Log, receiveWebhook } from '@errand-dash/core';
import express, { Router } from 'express';
import { limits } from '../limits.ts';

/**
 * Takes Paystack's webhooks. The body is kept as the bytes that came, since the signature is over those; it is
 * stored and answered 200 at once, and the worker does the rest. Unsigned or wrongly signed: 401, and no row.
 */
export function paystackWebhook(core: Core, log: Log): Router {
  const router = Router();
  // Never inflated: what is signed is what is sent, and a small body cannot become a large one.
  router.post(
    '/',
    express.raw({ type: () => true, limit: limits.webhookBytesMax, inflate: false }),
    async (req, res) => {
      const signatures = req.headersDistinct['x-paystack-signature'] ?? [];
      const rawBody: Uint8Array = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      const signature = signatures.length === 1 ? signatures[0] : undefined;
      const reception = await receiveWebhook(core, { rawBody, signature });
      if (reception.outcome === 'stored') {
        res.status(200).json({});
        return;
      }
      log('warn', 'a webhook without a valid signature', {
        signatures: signatures.length,
        bytes: rawBody.length,
      });
      res
        .status(401)
        .json({ error: { code: 'SIGNATURE_INVALID', message: 'The signature is not valid.', details: {} } });
    },
  );
  return router;
}
