import { notice, watchNoticesIn } from '@errand-dash/contract';
import { tracked } from '@trpc/server';
import { presentNotice } from '../present/notices.present.ts';
import { streamOf } from '../stream-of.ts';
import { router, signedInProcedure } from '../trpc.ts';

/** What happens, as it happens. */
export const eventsRouter = router({
  /** The person's notices, from a place on and then as they come, each once and none left out. */
  watch: signedInProcedure
    .input(watchNoticesIn)
    .output(streamOf(notice))
    .subscription(async function* ({ ctx, input, signal = never }) {
      for await (const told of ctx.notices.watch(ctx.call, input, signal)) {
        yield tracked(String(told.number), presentNotice(told));
      }
    }),
});

/** For a call that nobody can break off. */
const never = new AbortController().signal;
