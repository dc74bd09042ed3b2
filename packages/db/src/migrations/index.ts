import type { Migration } from 'kysely/migration';
import * as foundation from './0001-foundation.ts';
import * as ledger from './0002-ledger.ts';
import * as auth from './0003-auth.ts';
import * as payments from './0004-payments.ts';
import * as errands from './0005-errands.ts';
import * as payouts from './0006-payouts.ts';
import * as notices from './0007-notices.ts';
import * as reconciliation from './0008-reconciliation.ts';
import * as ledgerSets from './0009-ledger-sets.ts';
import * as contacts from './0010-contacts.ts';
import * as checkpoints from './0011-ledger-checkpoints.ts';
import * as seals from './0012-seals.ts';
import * as escrowParts from './0013-escrow-parts.ts';
import * as exchange from './0013-exchange.ts';
import * as ledgerExchange from './0013-ledger-exchange.ts';
import * as ledgerLimits from './0014-ledger-limits.ts';
import * as passkeysAndSessions from './0015-passkeys-and-sessions.ts';
import * as codesAndRecovery from './0016-codes-and-recovery.ts';
import * as waysIn from './0017-ways-in.ts';
import * as signingAndRoles from './0018-signing-and-roles.ts';
import * as audit from './0019-audit.ts';
import * as rateLimits from './0020-rate-limits.ts';
import * as leanCommands from './0021-lean-commands.ts';
import * as eventOrder from './0022-event-order.ts';
import * as auditChain from './0023-audit-chain.ts';
import * as askersAndPruning from './0024-askers-and-pruning.ts';
import * as epochByTable from './0025-epoch-by-table.ts';
import * as escrowPartFees from './0025-escrow-part-fees.ts';
import * as ledgerPosting from './0026-ledger-posting.ts';
import * as beginning from './0027-beginning.ts';
import * as ledgerCallers from './0028-ledger-callers.ts';
import * as coolingSince from './0029-cooling-since.ts';
import * as shortWay from './0030-ledger-posting.ts';
import * as sealedCeremonies from './0031-sealed-ceremonies.ts';
import * as unpinnedFunctions from './0032-unpinned-functions.ts';
import * as ledgerSetsWhole from './0033-ledger-sets.ts';
import * as ledgerBounds from './0034-ledger-bounds.ts';
import * as contactsAfterUndoing from './0038-contacts-after-undoing.ts';
import * as totpTries from './0039-totp-tries.ts';
import * as ledgerReferences from './0040-ledger-references.ts';
import * as leanErrands from './0041-lean-errands.ts';
import * as leanPasskeys from './0042-lean-passkeys.ts';

/** Every migration by its name, in the order of the names. */
export const migrations: Record<string, Migration> = {
  '0001-foundation': foundation,
  '0002-ledger': ledger,
  '0003-auth': auth,
  '0004-payments': payments,
  '0005-errands': errands,
  '0006-payouts': payouts,
  '0007-notices': notices,
  '0008-reconciliation': reconciliation,
  '0009-ledger-sets': ledgerSets,
  '0010-contacts': contacts,
  '0011-ledger-checkpoints': checkpoints,
  '0012-seals': seals,
  '0013-escrow-parts': escrowParts,
  '0013-exchange': exchange,
  '0013-ledger-exchange': ledgerExchange,
  '0014-ledger-limits': ledgerLimits,
  '0015-passkeys-and-sessions': passkeysAndSessions,
  '0016-codes-and-recovery': codesAndRecovery,
  '0017-ways-in': waysIn,
  '0018-signing-and-roles': signingAndRoles,
  '0019-audit': audit,
  '0020-rate-limits': rateLimits,
  '0021-lean-commands': leanCommands,
  '0022-event-order': eventOrder,
  '0023-audit-chain': auditChain,
  '0024-askers-and-pruning': askersAndPruning,
  '0025-epoch-by-table': epochByTable,
  '0025-escrow-part-fees': escrowPartFees,
  '0026-ledger-posting': ledgerPosting,
  '0027-beginning': beginning,
  '0028-ledger-callers': ledgerCallers,
  '0029-cooling-since': coolingSince,
  '0030-ledger-posting': shortWay,
  '0031-sealed-ceremonies': sealedCeremonies,
  '0032-unpinned-functions': unpinnedFunctions,
  '0033-ledger-sets': ledgerSetsWhole,
  '0034-ledger-bounds': ledgerBounds,
  '0038-contacts-after-undoing': contactsAfterUndoing,
  '0039-totp-tries': totpTries,
  '0040-ledger-references': ledgerReferences,
  '0041-lean-errands': leanErrands,
  '0042-lean-passkeys': leanPasskeys,
};
