import type { RequestHandler } from 'express';

/** Alive: this process takes requests and answers. Asks nobody else, so that a busy database does not end it. */
export const health: RequestHandler = (_req, res) => {
  res.json({ status: 'ok' });
};
