import { appendFile, chmod } from 'node:fs/promises';
import type { SmsPort } from './sms-port.ts';

/** Writes messages to a file that only its owner reads, one JSON object `{ to, text }` a line. For development. */
export function createFileSms(file: string): SmsPort {
  return {
    isForDevelopment: true,
    send: async (to, text) => {
      await appendFile(file, `${JSON.stringify({ to, text })}\n`, { mode: 0o600 });
      // The mode above is for a new file only.
      await chmod(file, 0o600);
    },
  };
}
