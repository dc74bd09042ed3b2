import { appendFile, chmod } from 'node:fs/promises';
import type { MessagePort } from './message-port.ts';

/**
 * Writes messages to a file that only its owner reads, one JSON object a line: `{ id, to, text }`, a mail with
 * its `subject`. Ids sort by time. For development.
 */
export function createFileMessages(file: string): MessagePort {
  return {
    provider: 'file',
    send: async ({ id, to, subject, text }) => {
      const line = subject === null ? { id, to, text } : { id, to, subject, text };
      try {
        await appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
        // The mode above is for a new file only.
        await chmod(file, 0o600);
        return { outcome: 'sent', providerMessageId: null };
      } catch {
        return { outcome: 'unanswered', reason: 'file_not_written' };
      }
    },
  };
}
