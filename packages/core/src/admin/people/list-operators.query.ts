import { auditedQuery } from '../../audit/index.ts';
import { orThrow, refuse } from '../../refusal.ts';
import { findOperators, type Operator } from './operator.store.ts';

/** Everybody who works for the platform, for somebody on the server. Refuses persons with `ROLE_MISSING`. */
export const listOperators = auditedQuery(
  'admin.listOperators',
  (db, _input: Record<string, never>, { viewer }): Promise<Operator[]> => {
    if (viewer.kind !== 'server') orThrow(refuse('ROLE_MISSING', { role: 'super_admin' }));
    return findOperators(db);
  },
);
