/** How a person is reached outside the app. */
export type Channel = 'phone' | 'email';

/** A message as its port sends it. */
export interface Message {
  /** Ours, the same at every attempt. */
  id: string;
  /** A number in E.164, or an email address. */
  to: string;
  /** Of a mail. A text message has none. */
  subject: string | null;
  text: string;
}

/** What came of handing a message over. `reason` is a code, never the words of the other side, which may quote it. */
export type Delivery =
  | { outcome: 'sent'; providerMessageId: string | null }
  /** It will never be taken as it is. */
  | { outcome: 'refused'; reason: string }
  /** Nobody knows whether it was taken, or it was not and may be later. */
  | { outcome: 'unanswered'; reason: string };

/** Hands messages of one channel over. */
export interface MessagePort {
  /** Who takes them, such as `termii`. */
  provider: string;
  /** Answers within {@link SEND_SECONDS_MAX} and does not throw. */
  send: (message: Message) => Promise<Delivery>;
}

/** The port of each channel. */
export type MessagePorts = Readonly<Record<Channel, MessagePort>>;

/** The longest that any port waits for the other side. */
export const SEND_SECONDS_MAX = 10;
