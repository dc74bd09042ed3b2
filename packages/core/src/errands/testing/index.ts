export * from './errand-scene.ts';
