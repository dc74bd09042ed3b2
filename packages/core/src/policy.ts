import type { Currency } from '@errand-dash/contract';

/** What one unit of the currency sold buys of the other, in major units, as a decimal text: `0.00065`. */
export interface ExchangeRate {
  sold: Currency;
  bought: Currency;
  rate: string;
  /** From when on it is good. */
  from: Date;
  /** Who says so. */
  source: string;
}

/**
 * The numbers of the processes. All of them are configuration; what concerns an errand or a payment is frozen
 * on its row when it starts, so that a change never reaches what has begun.
 */
export interface Policy {
  /**
   * The currency in which the amounts of this policy are written, and the only one in which errands are posted and
   * money is paid in and out: a limit in kobo says nothing of yen.
   */
  homeCurrency: Currency;
  /** The currencies that people may keep money in. */
  openCurrencies: readonly Currency[];
  exchange: {
    /** What one currency buys of another, from instants on. Empty: nothing is exchanged. */
    rates: readonly ExchangeRate[];
    /** A rate is of no use any more after this time. */
    rateAgeMaxSeconds: number;
    /** How long a quote may be accepted. */
    quoteSeconds: number;
    /** How long it is known that a quote was not accepted. One that was is kept for ever. */
    quoteKeptSeconds: number;
    /** The platform's part of what is sold, in hundredths of a percent. */
    feeBasisPoints: number;
  };
  statement: {
    /** How many lines one file may have. A page of a PDF is laid out in the process that answers. */
    csvLinesMax: number;
    pdfLinesMax: number;
  };
  /** The platform's part of a reward, in hundredths of a percent. */
  commissionBasisPoints: number;
  /** From this amount on a release needs a passkey signature. */
  signatureFromMinor: bigint;
  /** It needs one too where all that a person did without in the last so many seconds would come to this. */
  signatureRollingFromMinor: bigint;
  signatureRollingSeconds: number;
  errand: {
    /** How long a posted errand waits for a runner unless its sender says otherwise. */
    openSeconds: number;
    /** The farthest ahead that a due time may lie. */
    dueWithinSeconds: number;
    /** For so long after acceptance other runners are told that it is taken, and then that there is no such errand. */
    takenToldSeconds: number;
    /** An accepted errand that is not started in this time is posted again. */
    startWithinSeconds: number;
    /** A completed errand whose sender stays silent is confirmed after this time. */
    confirmWithinSeconds: number;
    /** An errand this long over its due time ends. */
    overdueSeconds: number;
    /** Cancelling costs nothing for this long after acceptance. */
    freeCancellationSeconds: number;
    /** The part of the reward that a runner keeps when the sender cancels later, before and after the start. */
    lateCancellationBasisPoints: number;
    startedCancellationBasisPoints: number;
    amountMaxMinor: bigint;
  };
  topUp: {
    amountMinMinor: bigint;
    amountMaxMinor: bigint;
    /** When the worker asks the provider again, in seconds after the start; then as often as the last of them. */
    checkAfterSeconds: readonly number[];
    /** Before this time after the start, "abandoned" means only that the person has not paid yet. */
    abandonAfterSeconds: number;
    /** One that is still open after this time is listed for an operator. */
    alertAfterSeconds: number;
  };
  payout: {
    /** A new payout account takes withdrawals only after this time. */
    coolingSeconds: number;
    amountMinMinor: bigint;
    amountMaxMinor: bigint;
    /**
     * When the worker sends or asks again, in seconds after the request, or after the provider took it; then as
     * often as the last of them, for as long as nothing is certain.
     */
    checkAfterSeconds: readonly number[];
    /** When one that was paid is asked about once more, in seconds after it was paid: the bank may send it back. */
    followAfterSeconds: readonly number[];
    /** One that is still open after this time is told in the log at every question, and listed. */
    alertAfterSeconds: number;
    /** For so long nobody else speaks with the provider about the same. Longer than three of its time-outs. */
    leaseSeconds: number;
    /** For how long the list of banks, and the name of an account that a person asked for, are not asked for again. */
    banksKeptSeconds: number;
    accountNameKeptSeconds: number;
  };
  webhook: {
    /** When a delivery is tried again that led to nothing yet, in seconds after the try before. */
    retryAfterSeconds: readonly number[];
  };
  reconciliation: {
    /** How often the provider's books are read and compared with ours. */
    everySeconds: number;
    /** How far back they are read; farther where nothing was read for longer than that. */
    lookBackSeconds: number;
    /** How far the provider's clock and ours may be apart. */
    clockMarginSeconds: number;
    /** Takings that are not in the provider's balance after this time are a drift. */
    settleWithinSeconds: number;
    /** For so long nobody else works a run. Longer than three of the provider's time-outs. */
    leaseSeconds: number;
    /** How long one rule of our own books may be checked for. One that takes longer is not checked, and told. */
    invariantTimeoutSeconds: number;
    /** When a run goes on whose provider did not answer, and when a drift is tried again, after the try before. */
    retryAfterSeconds: readonly number[];
  };
  /**
   * How long one question to the payment provider may take, and how long a caller waits for all of them together
   * before the worker takes over.
   */
  providerWaitSeconds: number;
  /** For so long nobody else asks the provider the same. Longer than two of its time-outs. */
  askLeaseSeconds: number;
  auth: {
    challengeSeconds: number;
    accessTokenSeconds: number;
    refreshIdleSeconds: number;
    refreshAbsoluteSeconds: number;
    refreshGraceSeconds: number;
    codeSeconds: number;
    codeTriesMax: number;
    /** How many codes may be sent to one target in {@link codeWindowSeconds}, by one asker and by all of them. */
    codesPerTargetMax: number;
    codesPerTargetOfAllMax: number;
    codeWindowSeconds: number;
    /** How many passkeys one person may have. */
    passkeysMax: number;
    /** How long it is known that nobody tried to sign an action. What was tried is kept for ever. */
    untriedApprovalKeptSeconds: number;
    /** How many device keys one person may have that are not revoked. */
    deviceKeysMax: number;
  };
  messages: {
    /** When a message that was not handed over is tried again, after the try before; then as often as the last. */
    retryAfterSeconds: readonly number[];
    /** For so long nobody else sends the same message. Longer than a port's time-out. */
    leaseSeconds: number;
    /** How long it is known that a message was sent. What it said is forgotten at once. */
    keptSeconds: number;
  };
  recovery: {
    /** How long a person has for all of it, and for making his new passkey. */
    openSeconds: number;
    challengeSeconds: number;
    /** After a recovery no money leaves for so long, and the ways into the account stay as they are. */
    coolingSeconds: number;
    /** How many wrong proofs end a recovery. */
    triesMax: number;
    /** How often in {@link codeWindowSeconds} codes are sent for one person, to one network and to all of them. */
    codesMax: number;
    codesOfAllMax: number;
    codeWindowSeconds: number;
    /**
     * A phone or an email address brings nobody back before it was the person's for so long: who has but a session
     * could else verify his own, and come in by them without a signature.
     */
    contactAgeSeconds: number;
    /** How many codes a person keeps for it. */
    recoveryCodes: number;
    /** How long it is known that a recovery came to nothing. */
    keptSeconds: number;
    /** For how long it is tried to tell a person that his account was recovered. */
    noticeSeconds: number;
  };
  waysIn: {
    /** In code points, after normalisation. */
    passwordLengthMin: number;
    passwordLengthMax: number;
    /** How often a password may be tried for one name from one network, or from a known device, in the window. */
    passwordTriesMax: number;
    passwordWindowSeconds: number;
    secondFactorSeconds: number;
    secondFactorTriesMax: number;
    /** How many wrong second factors of one person are taken in the window, over all challenges of a way in. */
    secondFactorWrongMax: number;
    secondFactorWindowSeconds: number;
    /** How long an authenticator app that was begun may be confirmed. */
    totpConfirmSeconds: number;
    /** For so long after a sign-in a session may change by what the person signs in. */
    freshSessionSeconds: number;
    /** How long a person may be at his identity provider, and then choose a handle. */
    identityCeremonySeconds: number;
  };
  live: {
    /** How often a process that has live streams looks for what is new. */
    pollMilliseconds: number;
    /** How many live streams one process carries, of one person and of all. */
    streamsPerUserMax: number;
    streamsMax: number;
  };
  /** A batch is sealed when it is full, or when its first row has waited for so long. */
  sealAfterSeconds: number;
  /** Sealing or folding that has come no further for so long is listed for an operator. */
  standstillAfterSeconds: number;
  /** How long an answer is kept under its idempotency key. Commands that moved money are kept for ever. */
  answerKeptSeconds: number;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** The starting values. */
export const defaultPolicy: Policy = {
  homeCurrency: 'NGN',
  openCurrencies: ['NGN'],
  exchange: {
    rates: [],
    rateAgeMaxSeconds: day,
    quoteSeconds: minute,
    quoteKeptSeconds: day,
    feeBasisPoints: 100,
  },
  statement: { csvLinesMax: 10_000, pdfLinesMax: 1_000 },
  commissionBasisPoints: 1000,
  signatureFromMinor: 20_000_00n,
  signatureRollingFromMinor: 50_000_00n,
  signatureRollingSeconds: day,
  errand: {
    openSeconds: day,
    dueWithinSeconds: 30 * day,
    takenToldSeconds: hour,
    startWithinSeconds: 2 * hour,
    confirmWithinSeconds: day,
    overdueSeconds: day,
    freeCancellationSeconds: 5 * minute,
    lateCancellationBasisPoints: 2000,
    startedCancellationBasisPoints: 5000,
    amountMaxMinor: 5_000_000_00n,
  },
  topUp: {
    amountMinMinor: 100_00n,
    amountMaxMinor: 5_000_000_00n,
    checkAfterSeconds: [minute, 5 * minute, 15 * minute, hour, day],
    abandonAfterSeconds: hour,
    alertAfterSeconds: 2 * day,
  },
  payout: {
    coolingSeconds: day,
    amountMinMinor: 100_00n,
    amountMaxMinor: 5_000_000_00n,
    checkAfterSeconds: [minute, 5 * minute, 15 * minute, hour],
    followAfterSeconds: [hour, day, 3 * day],
    alertAfterSeconds: day,
    leaseSeconds: 90,
    banksKeptSeconds: day,
    accountNameKeptSeconds: 15 * minute,
  },
  webhook: { retryAfterSeconds: [10, minute, 5 * minute, 15 * minute, hour] },
  reconciliation: {
    everySeconds: 15 * minute,
    lookBackSeconds: 3 * day,
    clockMarginSeconds: hour,
    settleWithinSeconds: 2 * day,
    leaseSeconds: 90,
    invariantTimeoutSeconds: 5 * minute,
    retryAfterSeconds: [minute, 5 * minute, 15 * minute],
  },
  providerWaitSeconds: 10,
  askLeaseSeconds: 30,
  auth: {
    challengeSeconds: 2 * minute,
    accessTokenSeconds: 10 * minute,
    refreshIdleSeconds: 7 * day,
    refreshAbsoluteSeconds: 30 * day,
    refreshGraceSeconds: 10,
    codeSeconds: 5 * minute,
    codeTriesMax: 5,
    codesPerTargetMax: 3,
    codesPerTargetOfAllMax: 10,
    codeWindowSeconds: 10 * minute,
    passkeysMax: 20,
    untriedApprovalKeptSeconds: day,
    deviceKeysMax: 20,
  },
  messages: { retryAfterSeconds: [5, 15, minute, 5 * minute], leaseSeconds: 30, keptSeconds: 7 * day },
  recovery: {
    openSeconds: 30 * minute,
    challengeSeconds: 5 * minute,
    coolingSeconds: day,
    triesMax: 5,
    codesMax: 3,
    codesOfAllMax: 10,
    codeWindowSeconds: 10 * minute,
    contactAgeSeconds: day,
    recoveryCodes: 10,
    keptSeconds: day,
    noticeSeconds: 3 * day,
  },
  waysIn: {
    passwordLengthMin: 8,
    passwordLengthMax: 128,
    passwordTriesMax: 5,
    passwordWindowSeconds: 15 * minute,
    secondFactorSeconds: 5 * minute,
    secondFactorTriesMax: 5,
    secondFactorWrongMax: 20,
    secondFactorWindowSeconds: hour,
    totpConfirmSeconds: hour,
    freshSessionSeconds: 10 * minute,
    identityCeremonySeconds: 10 * minute,
  },
  live: { pollMilliseconds: 300, streamsPerUserMax: 4, streamsMax: 1000 },
  sealAfterSeconds: 30,
  standstillAfterSeconds: 10 * minute,
  answerKeptSeconds: 72 * hour,
};
