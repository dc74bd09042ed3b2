import type { BenchRow } from '../bench-row.ts';
import { authCheck } from './auth-check.ts';
import { errandHttp } from './errand-http.ts';
import { holdCommand } from './hold-command.ts';
import { holdHttp } from './hold-http.ts';
import { postBatch } from './post-batch.ts';
import { postFees } from './post-fees.ts';
import { postSpread } from './post-spread.ts';
import { postStatements } from './post-statements.ts';
import { rpcOverhead } from './rpc-overhead.ts';
import { signIn } from './sign-in.ts';

/** Every row, in the order of its line. A new one is a file beside these and a line here. */
export const rows: BenchRow[] = [
  postSpread,
  postStatements,
  postFees,
  postBatch,
  holdCommand,
  holdHttp,
  errandHttp,
  rpcOverhead,
  signIn,
  authCheck,
];
