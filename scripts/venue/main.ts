import { CaptureError } from '../capture-file';
import { parseArguments, USAGE } from './args';
import { startVenue } from './start-venue';
import { VenueError } from './venue-protocol';

const DASHBOARD = 'http://127.0.0.1:4173';

async function run(): Promise<void> {
  const options = parseArguments(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options === null) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const running = await startVenue(options);
  for (const note of running.notes) process.stdout.write(`  ${note}\n`);
  for (const venue of running.venues) process.stdout.write(`${venue} on ${running.url(venue)}\n`);
  process.stdout.write(`${running.address(DASHBOARD)}\n`);
  const stop = (): void => {
    void running.close().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

run().catch((error: unknown) => {
  const expected = error instanceof VenueError || error instanceof CaptureError;
  process.stderr.write(
    `${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
