import type { RequestHandler, Response } from 'express';

/** The answers of one server that are live streams. */
export interface OpenStreams {
  /** Sees every request. */
  notice: RequestHandler;
  /** Cuts them, as a lost network does, so that each client comes back, and to another process, by itself. */
  cut: () => void;
}

export function openStreams(): OpenStreams {
  const open = new Set<Response>();
  return {
    notice: (_req, res, next) => {
      open.add(res);
      res.once('close', () => open.delete(res));
      next();
    },
    cut: () => {
      for (const res of open) if (isStream(res)) res.destroy();
    },
  };
}

const isStream = (res: Response): boolean =>
  res.headersSent && String(res.getHeader('content-type')).startsWith('text/event-stream');
