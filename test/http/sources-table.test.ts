/** Every combination of owners, brokenness, pause, schedule and a run in flight, with every action, beside an oracle. */
import { describe, expect, it } from 'vitest';
import { unfinishedRuns } from '../../src/store/queries/runs.ts';
import { cronSpec, SourceWorld } from './source-world.ts';
import { actions, crons, outcomeOf, rowsOf, type Standing } from './sources.ts';

interface Case extends Standing {
  readonly dataset: string;
  readonly hasRun: boolean;
}

/** A release cannot be broken by a deploy, so that brokenness is for folders. */
function casesOf(mode: 'deploy' | 'folder'): readonly Case[] {
  const flags = [false, true];
  const all = flags.flatMap((manual) =>
    flags.flatMap((code) =>
      flags.flatMap((isBroken) =>
        flags.flatMap((isPaused) =>
          flags.flatMap((isEnabled) =>
            flags.map((hasRun) => ({ manual, code, isBroken, isPaused, isEnabled, hasRun })),
          ),
        ),
      ),
    ),
  );
  return (
    all
      // What nobody has registered can be neither paused nor run.
      .filter(({ manual, code, isPaused, hasRun }) => manual || code || !(isPaused || hasRun))
      .filter(({ isBroken }) => mode === 'folder' || !isBroken)
      .map(({ manual, code, ...rest }, index) => ({
        ...rest,
        dataset: `d${String(index).padStart(2, '0')}`,
        manual: manual ? crons.manual : null,
        code: code ? crons.code : null,
      }))
  );
}

async function build(world: SourceWorld, cases: readonly Case[]): Promise<void> {
  const { api } = world;
  for (const { dataset, manual, isEnabled } of cases)
    if (manual !== null) await api.register(cronSpec(dataset, manual, isEnabled));
  const good = cases.flatMap(({ dataset, code, isEnabled }) =>
    code === null ? [] : [[dataset, cronSpec(dataset, code, isEnabled)] as const],
  );
  await world.putCode(new Map(good));
  const broken = cases.filter(({ isBroken }) => isBroken);
  if (broken.length > 0)
    await world.putCode(new Map(broken.map(({ dataset }) => [dataset, `name: ${dataset}\nnope: 1\n`])));
  for (const { dataset, isPaused, hasRun } of cases) {
    if (isPaused) await api.send('POST', `/workflows/${dataset}/pause`, { reason: 'kept' });
    if (hasRun) await api.send('POST', `/workflows/${dataset}/run`, { params: { execution_date: '2024-01-01' } });
  }
}

describe.each(['folder', 'deploy'] as const)('code.mode: %s', (mode) => {
  it.each(actions)('%s', async (action) => {
    const world = new SourceWorld(mode);
    const cases = casesOf(mode);
    await build(world, cases);
    const runsOf = (dataset: string) =>
      unfinishedRuns(world.api.database, dataset, 10).map(({ runUid, revision, sourceType }) => ({
        runUid,
        revision,
        sourceType,
      }));
    for (const one of cases) {
      const { dataset, hasRun, isEnabled } = one;
      // Nothing that was done to the datasets before has touched this one.
      expect(await world.rows(dataset), dataset).toEqual(rowsOf(one));
      const runs = runsOf(dataset);
      expect(runs).toHaveLength(hasRun ? 1 : 0);
      const { answer, after } = outcomeOf(action, one, { mode, hasRun });
      const context = `${action} of ${JSON.stringify(one)}`;
      expect(await world.act(action, dataset, isEnabled), context).toBe(answer);
      expect(await world.rows(dataset), context).toEqual(rowsOf(after));
      expect(world.manualCron(dataset), context).toBe(after.manual);
      // A run keeps what it was made of, and goes on.
      expect(runsOf(dataset), context).toEqual(runs);
      const pause = world.api.database.get<{ reason: string }>('SELECT reason FROM pauses WHERE dataset = ?', [
        dataset,
      ]);
      expect(pause?.reason, context).toBe(one.isPaused ? 'kept' : undefined);
    }
  });
});
