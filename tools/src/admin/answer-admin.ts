import { type Call, type Core, grantOnServer, listOperators, type Operator } from '@errand-dash/core';
import type { AdminRequest } from './admin-request.ts';

/** Does what was asked for and says it in lines. Throws `Refused`. */
export async function answerAdmin(core: Core, request: AdminRequest): Promise<string> {
  if (request.kind === 'list') {
    const operators = await listOperators(core, callOf('admin list'), {});
    if (request.isJson) return JSON.stringify(operators, null, 2);
    return operators.length === 0 ? 'Nobody works for the platform yet.' : operators.map(lineOf).join('\n');
  }
  const { handle } = await grantOnServer(core, callOf('admin grant'), request);
  return `${handle} is a super admin now, and has been told.`;
}

const callOf = (task: string): Call => ({
  caller: { kind: 'server', task },
  idempotencyKey: null,
  requestId: 'server',
});

function lineOf({ handle, displayName, role, grantedAt, grantedBy, suspendedAt }: Operator): string {
  const by = grantedBy === null ? 'on the server' : `by ${grantedBy}`;
  const suspended = suspendedAt === null ? '' : `, suspended since ${suspendedAt.toISOString()}`;
  return `${role}  ${handle} (${displayName}), since ${grantedAt.toISOString()} ${by}${suspended}`;
}
