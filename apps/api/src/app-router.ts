import { adminRouter } from './routers/admin.router.ts';
import { approvalsRouter } from './routers/approvals.router.ts';
import { authRouter } from './routers/auth.router.ts';
import { errandsRouter } from './routers/errands.router.ts';
import { escrowRouter } from './routers/escrow.router.ts';
import { eventsRouter } from './routers/events.router.ts';
import { noticesRouter } from './routers/notices.router.ts';
import { recoveryRouter } from './routers/recovery.router.ts';
import { systemRouter } from './routers/system.router.ts';
import { usersRouter } from './routers/users.router.ts';
import { walletRouter } from './routers/wallet.router.ts';
import { router } from './trpc.ts';

/** Every procedure of the API. */
export const appRouter = router({
  admin: adminRouter,
  approvals: approvalsRouter,
  auth: authRouter,
  errands: errandsRouter,
  escrow: escrowRouter,
  events: eventsRouter,
  notices: noticesRouter,
  recovery: recoveryRouter,
  system: systemRouter,
  users: usersRouter,
  wallet: walletRouter,
});

export type AppRouter = typeof appRouter;
