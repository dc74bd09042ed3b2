import {
  balancesAt,
  balancesAtIn,
  exportStatementIn,
  statementFile,
  statementIn,
  statementPage,
} from '@errand-dash/contract';
import { exportStatement, getBalancesAt, getStatement } from '@errand-dash/core';
import { presentStatement, presentStatementFile } from '../present/statement.present.ts';
import { presentBalance } from '../present/wallet.present.ts';
import { signedInProcedure } from '../trpc.ts';

/** The procedures of the wallet that tell what was. */
export const statementProcedures = {
  /**
   * What moved on one of the person's accounts, newest first, with the balance after each line. Pages stay as they are
   * while lines arrive. `withReceipts` lets each line carry what proves it offline, for the SDK's `verifyStatement`.
   */
  statement: signedInProcedure
    .input(statementIn)
    .output(statementPage)
    .query(async ({ ctx, input }) => presentStatement(await getStatement(ctx.core, ctx.call, input))),

  /** The same as a file to keep, CSV or PDF, oldest line first. What is too long is refused with days that fit. */
  exportStatement: signedInProcedure
    .input(exportStatementIn)
    .output(statementFile)
    .query(async ({ ctx, input }) => presentStatementFile(await exportStatement(ctx.core, ctx.call, input))),

  /** What the person had at an instant. */
  balancesAt: signedInProcedure
    .input(balancesAtIn)
    .output(balancesAt)
    .query(async ({ ctx, input }) => ({
      at: input.at,
      balances: (await getBalancesAt(ctx.core, ctx.call, input)).map(presentBalance),
    })),
};
