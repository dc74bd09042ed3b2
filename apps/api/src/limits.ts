/** How much one request may carry. Each bound has its typed answer. */
export const limits = {
  /** Calls in one batch: `BATCH_TOO_LARGE`. */
  batchCallsMax: 20,
  /** Bytes of a request's body: `REQUEST_TOO_LARGE`. */
  requestBytesMax: 256 * 1024,
  /** Bytes of a webhook's body: `REQUEST_TOO_LARGE`. */
  webhookBytesMax: 1024 * 1024,
  /** Bytes of all headers together, the URL included: Node answers 431 and closes. */
  headerBytesMax: 16 * 1024,
  /** A request that has not arrived whole in this time is cut off. */
  requestSeconds: 30,
  headersSeconds: 10,
  keepAliveSeconds: 65,
  /** How often a live stream says that it is alive, and how long a client waits for that. */
  streamPingSeconds: 10,
  streamSilenceSeconds: 25,
  /** How long a stop waits for what is running. */
  drainSeconds: 15,
} as const;
