import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';
import { sealChain } from '../chains/seal-chain.ts';
import { ledgerSource } from './ledger-source.ts';

/** Seals the next batch of transfers, if one is due. Answers how many transfers it has. */
export const sealLedger: Sweep = (core) => sealNext(core, clockCall('ledger.seal'), {});

const sealNext = command('ledger.seal', async (tx, _input: Record<string, never>, context) => {
  const sealed = await sealChain(tx, ledgerSource, context);
  // The seal tells of itself. An entry in the audit log would want to be sealed in its turn, and so on for ever.
  return { result: sealed, wake: sealed > 0 ? ['publish-heads'] : [], isIdle: true };
});
