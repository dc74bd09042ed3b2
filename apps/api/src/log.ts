import type { Log } from '@errand-dash/core';
import { pino } from 'pino';

/** One line of JSON for each entry, on standard output. */
export function createLog(level: string): Log {
  const logger = pino({ level, base: { part: 'api' } });
  return (lineLevel, message, fields = {}) => logger[lineLevel](fields, message);
}
