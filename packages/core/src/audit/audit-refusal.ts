import type { Call } from '../claim.ts';
import type { Core } from '../core.ts';
import type { Refusal } from '../refusal.ts';
import { type Audited, writeAuditEntry } from './audit-entry.ts';

/**
 * Tells the audit log of a refusal whose transaction was rolled back, in a transaction of its own. Where that fails
 * the caller is refused all the same, since nothing was done, and the log of the process has it.
 *
 * Not told: what the clock finds done already, which is how sweeps race, and a call that is told to come again
 * because the very same one is being worked on.
 */
export async function auditRefusal(
  core: Core,
  now: Date,
  call: Call,
  audited: Omit<Audited, 'outcome'>,
  { code }: Refusal,
): Promise<void> {
  if (call.caller.kind === 'clock' || code === 'COMMAND_IN_FLIGHT') return;
  try {
    await writeAuditEntry(core, core.db, now, call, { ...audited, outcome: code });
  } catch (error) {
    core.log('error', 'a refusal was not audited', {
      name: audited.name,
      code,
      requestId: call.requestId,
      error: error instanceof Error ? error.name : typeof error,
    });
  }
}
