export { auditInvariants } from './audit/audit-invariants.ts';
export { auditSource } from './audit/audit-source.ts';
export { sealAudit } from './audit/seal-audit.sweep.ts';
export { ChainDamaged } from './chains/chain-damaged.ts';
export type { ChainProblem, ChainProblemKind } from './chains/chain-problem.ts';
export { sealChain } from './chains/seal-chain.ts';
export type { RowSalt, SealedSource } from './chains/sealed-source.ts';
export { type ChainReport, type VerifyChain, verifyChain } from './chains/verify-chain.ts';
export { findHeads, findLatestHead } from './heads/find-heads.ts';
export { getHeads } from './heads/get-heads.query.ts';
export { type HeadJwk, headKey, publicHeadKeys } from './heads/head-key.ts';
export { HeadsFileWrong } from './heads/heads-file-wrong.ts';
export { publishAuditHeads, publishHeads } from './heads/publish-heads.sweep.ts';
export { readHeadLines } from './heads/read-head-lines.ts';
export {
  type HeadKey,
  headHash,
  type SealHead,
  type SealSettings,
  type SignedHead,
} from './heads/seal-head.ts';
export { findReceipts, getReceipts, type OwnSide, type Receipt } from './ledger/get-receipts.query.ts';
export { ledgerSource } from './ledger/ledger-source.ts';
export { presentReceipt } from './ledger/present-receipt.ts';
export { sealLedger } from './ledger/seal-ledger.sweep.ts';
export { listStandstills, type Standstill } from './list-standstills.query.ts';
