import { z } from 'zod';

/**
 * Whose calls are counted together, for each procedure by itself, but for `name`.
 * - `person`: those of one signed-in person, wherever he is.
 * - `session`: those of one session of his. For what he defends himself by: whoever has another session of his, or a
 *   token of one that has ended, would else use it up.
 * - `stranger`: those from one network by nobody in particular.
 * - `address`: all that come from one network. Many people may share one, so that it is the higher bound.
 * - `name`: those from one network that name the same person, to all procedures of the class together: who guesses at
 *   him has all of them to guess by. Never by the name alone, or anybody could lock another out. A call that names
 *   nobody is not counted by it.
 * - `device`: those from one network by one device.
 */
export const countedBy = ['person', 'session', 'stranger', 'address', 'name', 'device'] as const;
export type CountedBy = (typeof countedBy)[number];

export interface Bound {
  callsMax: number;
  windowSeconds: number;
}

export interface RateLimitClass {
  /** In the order in which they are looked at; the first that is reached refuses. */
  bounds: Readonly<Partial<Record<CountedBy, Bound>>>;
  /**
   * What becomes of a call that cannot be counted because the database does not answer. What guesses or moves money
   * is refused as busy; the others pass, and fail by themselves where they need the database.
   */
  whenUncounted: 'refuse' | 'pass';
}

const minute = 60;

/** The starting values. Any of them can be set otherwise by `RATE_LIMITS`. */
export const defaultRateLimits = {
  signIn: {
    bounds: {
      address: { callsMax: 10, windowSeconds: minute },
      name: { callsMax: 10, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  register: { bounds: { address: { callsMax: 300, windowSeconds: minute } }, whenUncounted: 'refuse' },
  // A token changes each time, a device keeps its id.
  refresh: {
    bounds: {
      device: { callsMax: 30, windowSeconds: minute },
      address: { callsMax: 600, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  // How many codes one phone or mailbox gets is counted by core, whoever asks.
  code: {
    bounds: {
      session: { callsMax: 10, windowSeconds: 10 * minute },
      address: { callsMax: 300, windowSeconds: 10 * minute },
    },
    whenUncounted: 'refuse',
  },
  money: {
    bounds: {
      person: { callsMax: 10, windowSeconds: minute },
      address: { callsMax: 600, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  sign: {
    bounds: {
      session: { callsMax: 30, windowSeconds: minute },
      address: { callsMax: 600, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  // By what an owner shuts out who else is in his account.
  defend: {
    bounds: {
      session: { callsMax: 60, windowSeconds: minute },
      address: { callsMax: 600, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  // Each may cost a question to the payment provider, and tells whose an account is.
  bankLookup: {
    bounds: {
      person: { callsMax: 20, windowSeconds: minute },
      address: { callsMax: 300, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  // A file is laid out in this process, which takes up to a second of it.
  export: {
    bounds: {
      person: { callsMax: 10, windowSeconds: minute },
      address: { callsMax: 120, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  write: {
    bounds: {
      person: { callsMax: 300, windowSeconds: minute },
      stranger: { callsMax: 60, windowSeconds: minute },
      address: { callsMax: 6000, windowSeconds: minute },
    },
    whenUncounted: 'refuse',
  },
  read: {
    bounds: {
      person: { callsMax: 1200, windowSeconds: minute },
      stranger: { callsMax: 300, windowSeconds: minute },
      address: { callsMax: 12_000, windowSeconds: minute },
    },
    whenUncounted: 'pass',
  },
  // The receipts of a page may take as many batches of a thousand hashes as it has lines, a millisecond each.
  prove: {
    bounds: {
      person: { callsMax: 240, windowSeconds: minute },
      address: { callsMax: 6000, windowSeconds: minute },
    },
    whenUncounted: 'pass',
  },
  stream: {
    bounds: {
      person: { callsMax: 60, windowSeconds: minute },
      address: { callsMax: 600, windowSeconds: minute },
    },
    whenUncounted: 'pass',
  },
  // What an auditor reads page by page, a hundred heads each.
  publish: { bounds: { address: { callsMax: 600, windowSeconds: minute } }, whenUncounted: 'pass' },
} as const satisfies Readonly<Record<string, RateLimitClass>>;

/** What is published to anybody beside the procedures, such as the heads of the ledger: its paths are counted as one. */
export const PUBLIC_PATHS = 'public paths';

export type RateLimitName = keyof typeof defaultRateLimits;
export type RateLimits = Readonly<Record<RateLimitName, RateLimitClass>>;

/** The class of every procedure, and of the public paths. A test holds it equal to the router. */
export const rateLimitOf: Readonly<Record<string, RateLimitName>> = {
  'admin.findUser': 'read',
  'admin.getUser': 'read',
  'admin.grantRole': 'sign',
  'admin.reinstateUser': 'sign',
  'admin.revokeRole': 'sign',
  'admin.suspendUser': 'sign',
  'approvals.begin': 'sign',
  'approvals.enrollDeviceKey': 'sign',
  'approvals.listDeviceKeys': 'read',
  'approvals.revokeDeviceKey': 'sign',
  'auth.addFirstPasskey': 'sign',
  'auth.addPasskey': 'sign',
  'auth.beginAddPasskey': 'write',
  'auth.beginProviderLink': 'write',
  'auth.beginProviderSignIn': 'signIn',
  'auth.beginRegistration': 'register',
  'auth.beginSignIn': 'signIn',
  'auth.beginTotp': 'write',
  'auth.confirmTotp': 'code',
  'auth.endAllSessions': 'defend',
  'auth.endSession': 'defend',
  'auth.finishProviderSignIn': 'signIn',
  'auth.finishRegistration': 'register',
  'auth.finishSecondFactor': 'signIn',
  'auth.finishSignIn': 'signIn',
  'auth.linkProvider': 'write',
  'auth.listPasskeys': 'read',
  'auth.listSessions': 'read',
  'auth.myWaysIn': 'read',
  'auth.refresh': 'refresh',
  'auth.removePasskey': 'sign',
  'auth.removePassword': 'sign',
  'auth.removeTotp': 'sign',
  'auth.removeTotpByCode': 'code',
  'auth.renamePasskey': 'write',
  'auth.setPassword': 'sign',
  'auth.signInWithPassword': 'signIn',
  'auth.signOut': 'defend',
  'auth.signUpWithProvider': 'signIn',
  'auth.unlinkProvider': 'write',
  'auth.waysIn': 'read',
  'errands.accept': 'write',
  'errands.cancel': 'money',
  'errands.complete': 'write',
  'errands.confirm': 'money',
  'errands.findNear': 'read',
  'errands.get': 'read',
  'errands.history': 'read',
  'errands.listMine': 'read',
  'errands.post': 'money',
  'errands.start': 'write',
  'escrow.get': 'read',
  'events.watch': 'stream',
  'notices.countUnread': 'read',
  'notices.list': 'read',
  'notices.markAllRead': 'write',
  'notices.markRead': 'write',
  'recovery.begin': 'signIn',
  'recovery.createCodes': 'sign',
  'recovery.finish': 'signIn',
  'recovery.proveByContacts': 'signIn',
  'recovery.proveByRecoveryCode': 'signIn',
  'recovery.sendCodes': 'signIn',
  'recovery.status': 'read',
  'recovery.undo': 'defend',
  'system.ping': 'read',
  'users.confirmEmailVerification': 'code',
  'users.confirmPhoneVerification': 'code',
  'users.me': 'read',
  'users.startEmailVerification': 'code',
  'users.startPhoneVerification': 'code',
  'users.takeRole': 'write',
  'wallet.addPayoutAccount': 'money',
  'wallet.balances': 'read',
  'wallet.balancesAt': 'read',
  'wallet.exchange': 'money',
  'wallet.exportStatement': 'export',
  'wallet.getReceipts': 'prove',
  'wallet.getTopUp': 'read',
  'wallet.getWithdrawal': 'read',
  'wallet.listBanks': 'read',
  'wallet.listPayoutAccounts': 'read',
  'wallet.listWithdrawals': 'read',
  'wallet.quoteExchange': 'write',
  'wallet.removePayoutAccount': 'defend',
  'wallet.resolveBankAccount': 'bankLookup',
  'wallet.startTopUp': 'money',
  'wallet.statement': 'prove',
  'wallet.withdraw': 'money',
  [PUBLIC_PATHS]: 'publish',
};

const CHANGE = /^(\w+)\.(\w+)=(\d{1,6})\/(\d{1,6})$/;

/**
 * Reads `RATE_LIMITS`: `on`, `off` (null), or bounds that differ from the starting values as
 * `class.whose=calls/seconds`, separated by commas: `signIn.address=60/60,money.person=20/60`.
 */
export const rateLimitSetting = z.string().transform((text, context): RateLimits | null => {
  if (text === 'off') return null;
  const limits = structuredClone(defaultRateLimits) as Record<RateLimitName, RateLimitClass>;
  for (const change of text === 'on' ? [] : text.split(',')) {
    const [, name = '', by = '', callsMax, windowSeconds] = CHANGE.exec(change.trim()) ?? [];
    const found = Object.entries(limits).find(([known]) => known === name)?.[1];
    const bound = Object.entries(found?.bounds ?? {}).find(([known]) => known === by)?.[1];
    if (bound === undefined || Number(callsMax) < 1 || Number(windowSeconds) < 1) {
      context.addIssue({
        code: 'custom',
        message: 'must be on, off, or bounds such as signIn.address=60/60, of classes that there are',
      });
      return z.NEVER;
    }
    Object.assign(bound, { callsMax: Number(callsMax), windowSeconds: Number(windowSeconds) });
  }
  return limits;
});
