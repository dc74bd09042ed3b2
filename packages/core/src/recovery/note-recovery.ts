import type { CommandContext } from '../command.ts';
import type { Recovery } from './recovery.rules.ts';

/** Tells the audit log which recovery an attempt was at, and whose account it would have brought back. */
export function noteRecovery(
  { audit }: Pick<CommandContext, 'audit'>,
  { id, userId }: Pick<Recovery, 'id' | 'userId'>,
  data: Record<string, unknown> = {},
): void {
  const person = userId === null ? [] : [{ type: 'user', id: userId }];
  audit({ subjects: [{ type: 'recovery', id }, ...person], data });
}
