/**
 * `npm run soak`: 1,000 kills, and the loss of power. `npm run soak -- kills [--kills N]` and `npm run soak -- power-loss` do
 * one of them. DLI_CRASH_SEED gives the actions of an earlier run again. A data folder that violates something is kept.
 */
import { parseArgs } from 'node:util';
import { soakKills } from './soak-kills.ts';
import { soakPowerLoss } from './soak-power-loss.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '1000' } },
});
const seed = Number(process.env.DLI_CRASH_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const parts = {
  'power-loss': () => soakPowerLoss({ seed, say }),
  kills: () => soakKills({ seed, kills: Number(values.kills), say }),
};

const unknown = positionals.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) throw new RangeError(`nothing is called ${unknown}: ${Object.keys(parts).join(' or ')}`);
say(`DLI_CRASH_SEED=${seed}`);
let violations = 0;
for (const [name, soak] of Object.entries(parts))
  if (positionals.length === 0 || positionals.includes(name)) violations += await soak();
process.exitCode = violations === 0 ? 0 : 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
