import type { BenchRow } from '../bench-row.ts';
import { authCheck } from './auth-check.ts';
import { errandHttp } from './errand-http.ts';
import { holdCommand } from './hold-command.ts';
import { holdHttp } from './hold-http.ts';
import { ledger10mPost } from './ledger-10m-post.ts';
import { ledger10mRead } from './ledger-10m-read.ts';
import { postBatch } from './post-batch.ts';
import { postFees } from './post-fees.ts';
import { postSpread } from './post-spread.ts';
import { postStatements } from './post-statements.ts';
import { readOldAccount } from './read-old-account.ts';
import { rpcOverhead } from './rpc-overhead.ts';
import { signIn } from './sign-in.ts';
import { signedAction } from './signed-action.ts';

/** Every row, in the order of its line. A new one is a file beside these and a line here. */
export const rows: BenchRow[] = [
  postSpread,
  postStatements,
  postFees,
  postBatch,
  readOldAccount,
  holdCommand,
  holdHttp,
  errandHttp,
  rpcOverhead,
  signIn,
  signedAction,
  authCheck,
  ledger10mPost,
  ledger10mRead,
];
