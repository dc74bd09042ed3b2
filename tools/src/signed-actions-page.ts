import { approvalDocument, deviceKeySignatureDomain, type Role, roles } from '@errand-dash/contract';
import { defaultPolicy, type RoleTerms, rolesWith, roleTable, signedActions } from '@errand-dash/core';

/** `docs/signed-actions.md`, from the registry of signed actions and the table of roles. */
export const signedActionsPage = (): string => `# What is signed, by whom, with what

Made by \`npm run signed-actions\` from \`packages/core/src/signed-actions.ts\` and \`packages/core/src/users/roles.ts\`.

## The document

The challenge is the SHA-256 of the canonical JSON (RFC 8785) of a document with exactly these members:
${Object.keys(approvalDocument.shape)
  .map((member) => `\`${member}\``)
  .join(', ')}.
It is good for ${defaultPolicy.auth.challengeSeconds} seconds, in the session that asked for it, under its idempotency key, once: any attempt of its
person's spends it. The action derives the document again from its own input and compares the hashes.

A **passkey** signs the challenge as WebAuthn does, with user verification. A **device key** signs with Ed25519 (RFC 8032)
the bytes \`${deviceKeySignatureDomain}\` (UTF-8), one zero byte, and the 32 bytes of the challenge. It is enrolled by a
passkey's signature, and signs only where the table says so.

## The actions

| action | who | with | when | amount | payee |
|---|---|---|---|---|---|
${Object.values(signedActions)
  .map(({ name, by, means, limit, says }) =>
    row([
      `\`${name}\``,
      by === 'owner' ? 'whose own it is' : rolesWith(by).join(', '),
      means.map((each) => meansInWords[each]).join(' or '),
      limit === 'always' ? 'always' : 'from the limits on',
      says.amount,
      says.payee,
    ]),
  )
  .join('\n')}

The limits: one act of ${defaultPolicy.signatureFromMinor} minor units or more; and any act by which what the person did unsigned in the last ${defaultPolicy.signatureRollingSeconds / 3600}
hours, itself included, reaches ${defaultPolicy.signatureRollingFromMinor}.

## The roles

| role | may | needs | not beside | given by |
|---|---|---|---|---|
${roles.map((role) => roleRow(role, roleTable[role])).join('\n')}

Nobody changes his own standing, and who changes another's is read anew under a lock on both: so a super admin always
stays. Who may give every role that a person has may suspend and reinstate him.
`;

const meansInWords = { passkey: 'passkey', device_key: 'device key' } as const;

const roleRow = (role: Role, { permissions, needs, excludes, isSelfService, grantedBy }: RoleTerms): string =>
  row([
    role,
    permissions.map((permission) => `\`${permission}\``).join(', ') || 'nothing yet',
    needs.join(', ') || 'nothing',
    excludes.join(', ') || 'any',
    [...(isSelfService ? ['himself'] : []), ...grantedBy].join(', '),
  ]);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
