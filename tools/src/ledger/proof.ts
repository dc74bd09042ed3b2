import { parseArgs } from 'node:util';
import { parseId } from '@errand-dash/contract';
import { findReceipts, presentReceipt } from '@errand-dash/core';
import { type LedgerCommand, readArguments, UsageWrong } from './ledger-command.ts';

/** The proof that a transfer is in the sealed ledger, with both of its sides. Exit code 1 where there is none. */
export const proof: LedgerCommand = {
  takes: 'TRANSFER_ID',
  says: 'Prints the proof that a transfer is in the sealed ledger, with both of its sides: JSON that the SDK’s verifyReceipt takes.',
  prepare: (args) => {
    const { positionals } = readArguments(() => parseArgs({ args, allowPositionals: true }));
    const [given = '', ...others] = positionals;
    const id = parseId('transfer', given) ?? parseId('transfer', `transfer_${given}`);
    if (id === null || others.length > 0) throw new UsageWrong('Give the id of one transfer.');
    return async (core) => {
      const [receipt = null] = await findReceipts(core.db, { userId: null, transferIds: [id] });
      if (receipt === null)
        return { text: 'There is no such transfer, or it is not sealed yet.', exitCode: 1 };
      return { text: JSON.stringify(presentReceipt(receipt), null, 2), exitCode: 0 };
    };
  },
};
