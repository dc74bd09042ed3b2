import { type Core, publicJwks } from '@errand-dash/core';
import type { RequestHandler } from 'express';

const FRESH_SECONDS = 300;

/** The public keys of access tokens, for other services of ours to verify them by (RFC 7517). */
export function publishKeys(core: Core): RequestHandler {
  const keys = publicJwks(core.auth);
  return (_req, res) => {
    res.setHeader('cache-control', `public, max-age=${FRESH_SECONDS}`);
    res.json(keys);
  };
}
