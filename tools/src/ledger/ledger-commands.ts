import { ledgerSource, verifyChain } from '@errand-dash/core';
import { headsOf } from './heads.ts';
import type { LedgerCommand } from './ledger-command.ts';
import { proof } from './proof.ts';
import type { SealedChain } from './sealed-chain.ts';
import { verifying } from './verify.ts';
import { verifyApproval } from './verify-approval.ts';

const ledgerChain: SealedChain = {
  chain: ledgerSource.chain,
  name: 'ledger',
  rows: 'transfers',
  headsSetting: 'LEDGER_HEADS_FILE',
  headsFileOf: ({ headsFile }) => headsFile,
  verify: (db, given) => verifyChain(db, ledgerSource, given),
};

/** Every command by its name. */
export const ledgerCommands: Readonly<Record<string, LedgerCommand>> = {
  verify: verifying(ledgerChain),
  proof,
  heads: headsOf(ledgerChain),
  'verify-approval': verifyApproval,
};
