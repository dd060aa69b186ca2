/** Long random sequences of changes of owner, with a server that dies in the middle of some of them, beside the oracle of the table. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../crash/random.ts';
import { Fuse } from '../fakes/fake-warehouse.ts';
import { cronSpec, SourceWorld } from './source-world.ts';
import { type Action, actions, crons, outcomeOf, rowsOf, type Standing } from './sources.ts';

const datasets = ['x', 'y', 'z'];
const steps = 60;
const extra = ['pause', 'unpause', 'break', 'put'] as const;
type Step = Action | (typeof extra)[number];

/** What a step answers and leads to, for those that the table does not have. */
function expectedOf(
  step: Step,
  before: Standing,
  mode: SourceWorld['mode'],
): { answer: number | string; after: Standing } {
  const exists = before.manual !== null || before.code !== null;
  if (step === 'pause')
    return exists && !before.isPaused ? { answer: 200, after: { ...before, isPaused: true } } : refusal(before, exists);
  if (step === 'unpause')
    return exists && before.isPaused ? { answer: 200, after: { ...before, isPaused: false } } : refusal(before, exists);
  if (step === 'break') return { answer: 200, after: { ...before, isBroken: true } };
  if (step === 'put') return { answer: 200, after: { ...before, code: crons.code, isBroken: false } };
  return outcomeOf(step, before, { mode, hasRun: false });
}

function refusal(before: Standing, exists: boolean): { answer: string; after: Standing } {
  return { answer: exists ? 'DLI-807' : 'DLI-800', after: before };
}

async function doStep(world: SourceWorld, step: Step, dataset: string): Promise<number | string> {
  if (step === 'break') return world.breakCode(dataset);
  if (step === 'put') return world.putCode(new Map([[dataset, cronSpec(dataset, crons.code)]]));
  if (step === 'pause' || step === 'unpause') {
    const { status, body } = await world.api.send('POST', `/workflows/${dataset}/${step}`, {});
    return status < 300 ? status : body.code;
  }
  return world.act(step, dataset, true);
}

/** Does a step on a server that dies at the `blowsAt`-th step of its store. Tells whether it died before it had answered. */
async function dieIn(world: SourceWorld, blowsAt: number, work: () => Promise<unknown>): Promise<boolean> {
  const fuse = new Fuse(blowsAt);
  world.restart(fuse);
  let isAnswered = false;
  void work().then(() => {
    isAnswered = true;
  });
  while (!(isAnswered || fuse.isBlown)) await setImmediate();
  // What was under way on the disk when the state died comes to its end.
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  return !isAnswered;
}

async function walk(mode: SourceWorld['mode'], random: Random): Promise<void> {
  const world = new SourceWorld(mode);
  const none: Standing = { manual: null, code: null, isBroken: false, isPaused: false, isEnabled: true };
  const model = new Map(datasets.map((dataset) => [dataset, none]));
  const possible: readonly Step[] = [...actions, ...extra].filter((step) => mode === 'folder' || step !== 'break');
  const told: string[] = [];
  for (let index = 0; index < steps; index += 1) {
    const dataset = random.pick(datasets);
    const step = random.pick(possible);
    const before = model.get(dataset) ?? none;
    const { answer, after } = expectedOf(step, before, mode);
    const dies = random.onceIn(4);
    told.push(`${step} ${dataset}${dies ? ' (dies)' : ''}`);
    const context = told.slice(-8).join(', ');
    let reached = after;
    if (dies && (await dieIn(world, random.between(1, 12), () => doStep(world, step, dataset)))) {
      world.restart();
      await world.sync();
      const rows = JSON.stringify(await world.rows(dataset));
      reached = [after, before].find((standing) => JSON.stringify(rowsOf(standing)) === rows) ?? after;
    } else if (dies) world.restart();
    else expect(await doStep(world, step, dataset), context).toBe(answer);
    model.set(dataset, reached);
    for (const [name, standing] of model) {
      expect(await world.rows(name), `${name} after ${context}`).toEqual(rowsOf(standing));
      expect(world.manualCron(name), `${name} after ${context}`).toBe(standing.manual);
    }
  }
}

describe.each(['folder', 'deploy'] as const)('code.mode: %s', (mode) => {
  it.each([1, 2, 3, 4])('seed %i', (seed) => walk(mode, seededRandom(seed)));
});
