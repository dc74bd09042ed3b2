import { parseArgs } from 'node:util';
import { formatId, parseId } from '@errand-dash/contract';
import { type ApprovalProof, type Core, type ProvedSigner, verifyApproval as prove } from '@errand-dash/core';
import { type LedgerCommand, readArguments, UsageWrong } from './ledger-command.ts';

/** Proves again who signed what, when and with what. Exit code 1 where it cannot be proved. */
export const verifyApproval: LedgerCommand = {
  takes: 'APPROVAL_ID [--json]',
  says: 'Proves who signed what was done by an approval: the document, the signature, the key, the time, and what was posted.',
  prepare: (args) => {
    const { values, positionals } = readArguments(() =>
      parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean', default: false } } }),
    );
    const [given = '', ...others] = positionals;
    const id = parseId('approval', given) ?? parseId('approval', `approval_${given}`);
    if (id === null || others.length > 0) throw new UsageWrong('Give the id of one approval.');
    return async (core: Core) => {
      const proof = await prove(core, id);
      const text = values.json ? JSON.stringify(proof, null, 2) : inWords(proof);
      return { text, exitCode: proof.isProven ? 0 : 1 };
    };
  },
};

function inWords(proof: ApprovalProof): string {
  if (!proof.isProven) return `NOT PROVEN: ${proof.reason}.`;
  const { document, signedAt, signer, transferSetIds } = proof;
  const { action, amountMinor, currency, payee, user, session, idempotencyKey } = document;
  const amount = amountMinor === null ? 'no amount' : `${amountMinor} ${currency} (minor units)`;
  const posted =
    transferSetIds.length === 0 ? 'nothing' : `${transferSetIds.length} set(s): ${transferSetIds.join(', ')}`;
  return [
    `PROVEN: ${user} signed ${action} at ${signedAt.toISOString()}, by ${signerInWords(signer)}.`,
    `  amount   ${amount}`,
    `  payee    ${payee ?? 'none'}`,
    `  session  ${session}`,
    `  key      ${idempotencyKey}`,
    `  posted   ${posted}`,
  ].join('\n');
}

function signerInWords(signer: ProvedSigner): string {
  if (signer.means === 'passkey') {
    return `the passkey ${signer.credentialId}${endedInWords('removed', signer.removedAt)}`;
  }
  const { deviceKeyId, name, revokedAt } = signer;
  return `the device key ${formatId('deviceKey', deviceKeyId)} (${name})${endedInWords('revoked', revokedAt)}`;
}

const endedInWords = (how: string, at: Date | null): string =>
  at === null ? '' : `, ${how} since, at ${at.toISOString()}`;
