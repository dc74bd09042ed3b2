export { outgoingMessageMachine } from './outgoing/outgoing-message.machine.ts';
export { pruneMessages } from './outgoing/prune-messages.sweep.ts';
export { MESSAGES_QUEUE, type NewMessage, queueMessage } from './outgoing/queue-message.ts';
export { sendMessages } from './outgoing/send-messages.sweep.ts';
export { createMessagePorts, type MessageSettings } from './ports/create-message-ports.ts';
export type { Channel, Delivery, Message, MessagePort, MessagePorts } from './ports/message-port.ts';
