import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './house-files.ts';
import { signedActionsPage } from './signed-actions-page.ts';

/** `npm run signed-actions`. */
writeFileSync(path.join(root, 'docs', 'signed-actions.md'), signedActionsPage());
