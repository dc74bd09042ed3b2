import type { AuditTables } from './audit.tables.ts';
import type { AuthTables } from './auth.tables.ts';
import type { CheckpointTables } from './checkpoint.tables.ts';
import type { ErrandTables } from './errand.tables.ts';
import type { ExchangeTables } from './exchange.tables.ts';
import type { FoundationTables } from './foundation.tables.ts';
import type { LedgerTables } from './ledger.tables.ts';
import type { MessageTables } from './message.tables.ts';
import type { NoticeTables } from './notice.tables.ts';
import type { PaymentTables } from './payment.tables.ts';
import type { PayoutTables } from './payout.tables.ts';
import type { RateLimitTables } from './rate-limit.tables.ts';
import type { ReconciliationTables } from './reconciliation.tables.ts';
import type { RecoveryTables } from './recovery.tables.ts';
import type { SealTables } from './seal.tables.ts';
import type { StandingTables } from './standing.tables.ts';
import type { WaysInTables } from './ways-in.tables.ts';

/** Every table, as Kysely sees it. */
export interface Database
  extends FoundationTables,
    LedgerTables,
    CheckpointTables,
    SealTables,
    AuthTables,
    PaymentTables,
    ErrandTables,
    PayoutTables,
    NoticeTables,
    ReconciliationTables,
    StandingTables,
    AuditTables,
    RateLimitTables,
    ExchangeTables,
    MessageTables,
    RecoveryTables,
    WaysInTables {}
