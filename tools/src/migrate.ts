import { migrateDatabase } from './supervisor/prepare-database.ts';

const usage = `npm run migrate

  Brings the database of MIGRATION_DATABASE_URL, the owner's login, up to date, and ends: before API and worker are
  started by themselves. Run twice, or by two at once, it does no harm.`;

async function main(): Promise<number> {
  if (process.argv.length > 2) {
    console.error(usage);
    return 2;
  }
  const { MIGRATION_DATABASE_URL: ownerUrl } = process.env;
  if (!ownerUrl) {
    console.error("MIGRATION_DATABASE_URL is missing: the login of the database's owner.");
    return 1;
  }
  await migrateDatabase(ownerUrl, console.log);
  console.log('The database is up to date.');
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isTold = error instanceof Error && error.name === 'MigrationFailed';
  console.error(isTold ? error.message : error);
  process.exitCode = 1;
}
