import { type Currency, currencies } from '@errand-dash/contract';
import { formatDecimal, type SampledMovement } from '@errand-dash/core';
import { type AccountName, accountPurposes, type MovementKind, movementKinds } from '@errand-dash/db';

/** The pages of `docs/ledger` that are written from the code, by their names. */
export const ledgerPages = (
  movements: Readonly<Record<MovementKind, readonly SampledMovement[]>>,
): Map<string, string> =>
  new Map([
    ['accounts.md', accountsPage()],
    ['movements.md', movementsPage(movements)],
  ]);

const written = 'by `npm run ledger-docs`. Change the code, not this page.';

function accountsPage(): string {
  const rows = Object.entries(accountPurposes).map(([purpose, { guarded, ownerKind, says }]) =>
    row(`\`${purpose}\``, ownerKind ?? 'the platform', guarded ? 'yes' : 'no', says),
  );
  const known = Object.entries(currencies).map(([code, { decimals, name, symbol }]) =>
    row(code, name, symbol.trim(), String(decimals)),
  );
  return `# The chart of accounts

Written from \`packages/db/src/ledger/account-purposes.ts\` and \`packages/contract/src/money.ts\` ${written}

An account is known by its purpose, its owner and its currency. A guarded one stores its balance, which never ends a set
below zero; any other is summed, may be below zero, and is never locked. A debit takes from an account and a credit adds
to it, whatever its purpose: what the platform owes to people is above zero, and what others owe to the platform, such
as the provider's balance, is below.

${row('purpose', 'one for each', 'guarded', 'what it is')}
${row('---', '---', '---', '---')}
${rows.join('\n')}

## Currencies

Each account, transfer and amount has one. An amount is a whole number of minor units, of which a major unit has ten to
the power of the decimals.

${row('code', 'name', 'symbol', 'decimals')}
${row('---', '---', '---', '---:')}
${known.join('\n')}
`;
}

function movementsPage(movements: Readonly<Record<MovementKind, readonly SampledMovement[]>>): string {
  const sections = Object.entries(movementKinds).map(([kind, { says }]) => {
    const samples = movements[kind as MovementKind];
    const tables = samples.map(({ when, movement }) => `${when}\n\n${legsTable(movement.transfers)}`);
    const body = samples.length === 0 ? 'No command posts it yet.' : tables.join('\n\n');
    return `## ${kind}\n\nOn a statement: “${says}”.\n\n${body}`;
  });
  return `# The movements

Written from \`packages/core/src/movements.ts\` ${written}
Each is made by the rule that decides it, with sample figures; a leg of zero is left out.

A movement is a set of transfers, posted whole or not at all, with one cause and one authority. The accounts are
explained in [accounts](accounts.md).

${sections.join('\n\n')}
`;
}

function legsTable(transfers: SampledMovement['movement']['transfers']): string {
  const legs = transfers.filter(({ amountMinor }) => amountMinor !== 0n);
  return [
    row('takes from', 'adds to', 'amount'),
    row('---', '---', '---:'),
    ...legs.map(({ debit, credit, amountMinor }) =>
      row(accountText(debit), accountText(credit), formatDecimal(amountMinor, debit.currency as Currency)),
    ),
  ].join('\n');
}

const accountText = ({ purpose, ownerId, currency }: AccountName): string =>
  `\`${purpose}(${[ownerId, currency].filter((part) => part !== null).join(', ')})\``;

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
