/** Sends short messages to phones. */
export interface SmsPort {
  /** Sends a text to a number in E.164, within ten seconds. Throws when it was not handed over. */
  send: (to: string, text: string) => Promise<void>;
  /** Where production refuses to start with it. */
  isForDevelopment: boolean;
}
