import { buildSdk } from './build-sdk.ts';

await buildSdk();
// Not before: it stands on the SDK as it is built.
const { tellThrowAwayStory } = await import('@errand-dash/e2e');
process.exitCode = await tellThrowAwayStory({ say: console.log });
