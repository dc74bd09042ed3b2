export { type AddFirstPasskey, addFirstPasskey } from './add-first-passkey.command.ts';
export { addPasskey } from './add-passkey.command.ts';
export { beginAddPasskey } from './begin-add-passkey.query.ts';
export { listPasskeys, type PasskeyView } from './list-passkeys.query.ts';
export { type RemovedPasskey, removePasskey } from './remove-passkey.command.ts';
export { renamePasskey } from './rename-passkey.command.ts';
export { signedNewPasskey, signedPasskeyRemoval } from './signed-passkeys.ts';
