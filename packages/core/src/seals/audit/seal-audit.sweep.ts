import { command } from '../../command.ts';
import { clockCall, type Sweep } from '../../sweep.ts';
import { sealChain } from '../chains/seal-chain.ts';
import { auditSource } from './audit-source.ts';

/** Seals the next batch of the audit log, if one is due. Answers how many entries it has. */
export const sealAudit: Sweep = (core) => sealNext(core, clockCall('audit.seal'), {});

const sealNext = command('audit.seal', async (tx, _input: Record<string, never>, context) => {
  const sealed = await sealChain(tx, auditSource, context);
  // An entry of its own would want to be sealed in its turn, and so on for ever.
  return { result: sealed, wake: sealed > 0 ? ['publish-audit-heads'] : [], isIdle: true };
});
