import type { Matrix } from './matrix-row.ts';
import { adminRows } from './rows/admin.rows.ts';
import { approvalsRows } from './rows/approvals.rows.ts';
import { authRows } from './rows/auth.rows.ts';
import { errandsRows } from './rows/errands.rows.ts';
import { escrowRows, eventsRows, noticesRows, systemRows } from './rows/other.rows.ts';
import { recoveryRows } from './rows/recovery.rows.ts';
import { usersRows } from './rows/users.rows.ts';
import { walletRows } from './rows/wallet.rows.ts';

/** What each kind of caller gets of every procedure. */
export const authorisationMatrix: Matrix = {
  admin: adminRows,
  approvals: approvalsRows,
  auth: authRows,
  errands: errandsRows,
  escrow: escrowRows,
  events: eventsRows,
  notices: noticesRows,
  recovery: recoveryRows,
  system: systemRows,
  users: usersRows,
  wallet: walletRows,
};
