import { coreSettings, readSettings } from '@errand-dash/core';
import { z } from 'zod';

const workerSettings = coreSettings.extend({
  /** Where DATABASE_URL leads to a pooler: the database itself, for listening. */
  DATABASE_DIRECT_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be an address of PostgreSQL' })
    .optional(),
  /** How often the worker looks for due rows by itself, whether or not it was woken. */
  WORKER_POLL_SECONDS: z.coerce
    .number<string>({ error: 'must be a number' })
    .pipe(z.number().min(0.1).max(300))
    .default(3),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** The settings of this process. Throws `SettingsInvalid` with every problem. */
export const readWorkerSettings = () => readSettings(workerSettings, process.env);
