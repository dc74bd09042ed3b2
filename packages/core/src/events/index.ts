export { type EventName, type EventRole, eventCatalogue, isEventName } from './event-catalogue.ts';
