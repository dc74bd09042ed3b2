export { type AppRouter, appRouter } from './app-router.ts';
export { type ApiServer, createServer, type ServerSettings } from './server.ts';
