export { type IdentityServer, redirectUrl, startIdentityServer } from './identity-server.ts';
export { codeOf, readSecret, turnPasswordsOn } from './ways-in-person.ts';
