import type { RequestHandler } from 'express';

const requestHeaders = 'authorization, content-type, idempotency-key, last-event-id, trpc-accept';
const responseHeaders = 'retry-after, x-request-id';
const PREFLIGHT_SECONDS = 600;

/** CORS for pages of exactly these origins. Without credentials: who calls is told by a token, never by a cookie. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (req, res, next) => {
    res.vary('Origin');
    const { origin } = req.headers;
    const isPreflight =
      req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
    if (origin !== undefined && allowed.has(origin)) {
      res.setHeader('access-control-allow-origin', origin);
      res.setHeader('access-control-expose-headers', responseHeaders);
      if (isPreflight) {
        res.setHeader('access-control-allow-methods', 'GET, POST');
        res.setHeader('access-control-allow-headers', requestHeaders);
        res.setHeader('access-control-max-age', String(PREFLIGHT_SECONDS));
      }
    }
    if (isPreflight) res.status(204).end();
    else next();
  };
}
