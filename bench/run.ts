/**
 * `npm run bench [-- part…]`: measures the product beside raw baselines of the same run and prints a table; the figures
 * are also written as JSON. Exits 1 when a goal is missed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { measureBackfill } from './backfill.ts';
import { measureCli } from './cli.ts';
import { measureCuts } from './cuts.ts';
import { measureDemo } from './demo.ts';
import { measureDeploys } from './deploys.ts';
import { type Figure, formatTable, meetsGoal } from './figure.ts';
import { measureFollowers } from './followers.ts';
import { measureLists } from './lists.ts';
import { measureNoop } from './noop.ts';
import { measureNotifications } from './notifications.ts';
import { measureRecovery } from './recovery.ts';
import { measureSimulate } from './simulate.ts';
import { measureStart } from './start.ts';
import { measureSync } from './sync.ts';
import { measureThroughput } from './throughput.ts';
import { measureTicks } from './ticks.ts';
import { measureTriggers } from './triggers.ts';

const parts: Readonly<Record<string, () => readonly Figure[] | Promise<readonly Figure[]>>> = {
  cli: measureCli,
  start: measureStart,
  lists: measureLists,
  simulate: measureSimulate,
  noop: measureNoop,
  triggers: measureTriggers,
  throughput: measureThroughput,
  ticks: measureTicks,
  recovery: measureRecovery,
  backfill: measureBackfill,
  followers: measureFollowers,
  cuts: measureCuts,
  notifications: measureNotifications,
  sync: measureSync,
  deploys: measureDeploys,
  demo: measureDemo,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !Object.hasOwn(parts, part));
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  try {
    figures.push(...(await measure()));
  } catch (error) {
    // What the other parts have measured, or will, is worth its minutes.
    process.stderr.write(`${name} was not measured: ${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  }
}
const results = new URL('./results/', import.meta.url);
mkdirSync(results, { recursive: true });
const machine = { cores: cpus().length, model: cpus()[0]?.model, node: process.version, platform: process.platform };
writeFileSync(new URL('latest.json', results), `${JSON.stringify({ machine, figures }, null, 2)}\n`);
process.stdout.write(`${machine.cores} cores, ${machine.model}, Node ${machine.node}\n\n${formatTable(figures)}\n`);
if (!figures.every(meetsGoal)) process.exitCode = 1;
