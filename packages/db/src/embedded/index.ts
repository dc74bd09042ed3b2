export { createDatabaseRoles } from '../roles.ts';
export { EmbeddedStartFailed } from './embedded-start-failed.ts';
export { type PreparedEmbedded, prepareEmbedded } from './prepare-embedded.ts';
export { type EmbeddedCluster, startEmbedded } from './start-embedded.ts';
