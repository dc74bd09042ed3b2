import { heads } from './heads.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { proof } from './proof.ts';
import { verify } from './verify.ts';
import { verifyApproval } from './verify-approval.ts';

/** Every command by its name. */
export const ledgerCommands: Readonly<Record<string, LedgerCommand>> = {
  verify,
  proof,
  heads,
  'verify-approval': verifyApproval,
};
