import { join } from 'node:path';
import { Checkout } from './checkout.ts';
import { createDli, type Dli } from './dli.ts';
import { openReceiver } from './receiver.ts';
import { printHeading, printText } from './terminal.ts';

const flights = 'iceberg.analytics.daily_flights';
const longest = 'iceberg.analytics.longest_delays';

/** What these chapters need of the demo around them. */
export interface TwoOwnersStage {
  /** Runs commands in the example's folder. */
  readonly dli: Dli;
  readonly url: string;
  /** Made by these chapters. */
  readonly folder: string;
  /** What the server signs webhooks with. */
  readonly secret: string;
  readonly signal: AbortSignal;
}

/** The datasets that were registered by hand come from Git, too: plan, deploy, override, fallback; and a failure is told. */
export async function tellTwoOwners({ dli, url, folder, secret, signal }: TwoOwnersStage): Promise<void> {
  printHeading('8. The same datasets come from Git');
  printText('A copy of datasets/ stands for a checkout; these commands run there, as a CI job does.');
  const checkout = new Checkout(join(folder, 'checkout'));
  const ci = createDli(url, { signal, folder: checkout.folder });
  await ci(['workflow', 'deploy', '--dry-run']);
  await ci(['workflow', 'deploy', '--commit', '1f0c2d9a']);
  printText('', 'Code wins, and what was registered by hand waits behind it:');
  await ci(['workflow', 'list']);

  printText(
    '',
    'A commit: flights are computed an hour earlier, early ones count as on time no more,',
    'and the SQL of the routes is only written in another way.',
  );
  checkout.edit('dataset.iceberg.analytics.daily_flights.yaml', 'cron: "0 6 * * *"', 'cron: "0 5 * * *"');
  checkout.edit('daily_flights.sql', 'delay < {{ on_time_minutes }}', 'delay BETWEEN 0 AND {{ on_time_minutes }}');
  checkout.edit('daily_routes.sql', 'SELECT\n', '-- one row for each route\nselect\n');
  await ci(['workflow', 'deploy', '--dry-run', '--exit-code'], { exitCode: 10 });
  await ci(['workflow', 'deploy', '--commit', '2b7e5a10']);
  printText('', 'What Git owns is not changed by hand:');
  await dli(['workflow', 'register', flights, '--path', 'datasets', '--force'], { exitCode: 5 });
  printText('', 'The routes leave Git, and the registration by hand takes over by itself:');
  checkout.remove('dataset.iceberg.analytics.daily_routes.yaml', 'daily_routes.sql');
  await ci(['workflow', 'deploy', '--prune', '--commit', '3c41d0f7']);
  await ci(['workflow', 'list']);

  printHeading('9. A failure tells people');
  const receiver = await openReceiver(secret);
  try {
    printText(`A receiver listens at ${receiver.url}; the spec that fails on purpose names it.`);
    const target = `[{type: webhook, channel: "${receiver.url}"}]`;
    checkout.addFailing(`schedule: {cron: "0 7 * * *", enabled: false, notifications: {on_failure: ${target}}}\n`);
    await ci(['workflow', 'deploy', '--commit', '4d9b3e62']);
    await ci(['workflow', 'run', longest, '-p', 'execution_date=2001-01-06', '--wait'], { exitCode: 1 });
    const { title, why, command } = await receiver.message;
    printText('', 'Received, and its signature is right:', `  ${title}`, `  ${why}`, `  ${command}`);
  } finally {
    receiver.close();
  }
}
