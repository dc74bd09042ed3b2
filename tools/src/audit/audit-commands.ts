import { auditSource, verifyChain } from '@errand-dash/core';
import { headsOf } from '../ledger/heads.ts';
import type { LedgerCommand } from '../ledger/ledger-command.ts';
import type { SealedChain } from '../ledger/sealed-chain.ts';
import { verifying } from '../ledger/verify.ts';

const auditChain: SealedChain = {
  chain: auditSource.chain,
  name: 'audit log',
  rows: 'entries',
  headsSetting: 'AUDIT_HEADS_FILE',
  headsFileOf: ({ auditHeadsFile }) => auditHeadsFile,
  verify: (db, given) => verifyChain(db, auditSource, given),
};

/** Every command of `npm run audit` by its name. */
export const auditCommands: Readonly<Record<string, LedgerCommand>> = {
  verify: verifying(auditChain),
  heads: headsOf(auditChain),
};
