import { beforeEach, describe, expect, it } from 'vitest';
import { openState } from '../../src/store/store-fixture.suite.ts';
import { Api, datedSpec } from '../http/api.ts';
import { serve } from '../http/serve.ts';
import { dli } from './dli.ts';

const hour = 3_600_000;
const daily = 'iceberg.analytics.daily';
const undated = 'iceberg.analytics.undated';
const thousands = '{cron: "*/5 * * * *", catchup: all}';
const plain = `name: ${undated}
owner: me
team: t
query_statement: SELECT 1
schedule: ${thousands}
`;

let url: string;
const ticks = (...argv: string[]) => dli(['workflow', 'ticks', ...argv], { env: { DLI_SERVER_URL: url } });

/** A server that was down for a while from 2024-01-15T09:30:45Z on. */
async function downFor(ms: number, specs: readonly string[]): Promise<Api> {
  const first = new Api({ database: openState(':memory:') });
  await first.scheduler.start();
  for (const spec of specs) expect((await first.register(spec)).status).toBe(201);
  await first.scheduler.close();
  first.clock.advance(ms);
  const { file, database, clock, warehouse, specsFolder } = first;
  const api = new Api({ file, database, clock, warehouse, specsFolder, owner: 'boot-2' });
  await api.scheduler.start();
  await api.scheduler.fireNow();
  ({ url } = await serve(api));
  return api;
}

describe('workflow ticks', () => {
  beforeEach(async () => {
    const schedule = 'schedule: {cron: "0 * * * *", timezone: Asia/Seoul, catchup: latest}';
    await downFor(30 * hour, [datedSpec(daily, schedule)]);
  });

  it('lists the newest with their outcome, why, and those to come', async () => {
    const { stdout, exitCode } = await ticks(daily);
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[9]).toMatch(/^2024-01-16 23:00 \+09:00 +2024-01-16 +missed +the server was down from /);
    expect(lines[10]).toMatch(/^2024-01-17 00:00 \+09:00 +2024-01-17 +run +daily_20240116_150000; caught up: /);
    expect(lines[11]).toMatch(/^2024-01-17 01:00 \+09:00 +2024-01-17 +to come/);
  });

  it("reads --from and --to in the schedule's timezone, and says when there are more", async () => {
    const { stdout } = await ticks(daily, '--from', '2024-01-16', '--to', '2024-01-16T05:00', '-n', '4');
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^TICK /);
    expect(rows.slice(0, 4).map((row) => row.slice(11, 16))).toEqual(['00:00', '01:00', '02:00', '03:00']);
    expect(rows.slice(4)).toEqual(['More ticks follow until --to: -n shows more than 4']);
    const all = await ticks(daily, '--from', '2024-01-16', '--to', '2024-01-16T05:00');
    expect(all.stdout.trimEnd().split('\n')).toHaveLength(7);
  });

  it('reads as many pages as it takes, and gives JSON as the API does', async () => {
    const { stdout } = await ticks(daily, '-n', '1500', '--format', 'json');
    const { items, next_cursor } = JSON.parse(stdout);
    expect(items).toHaveLength(1_500);
    expect(next_cursor).toEqual(expect.any(String));
    expect(new Set(items.map(({ scheduled_at }: { readonly scheduled_at: string }) => scheduled_at)).size).toBe(1_500);
  });

  it.each([
    [['--from', 'yesterday'], 2, "[DLI-814]: --from 'yesterday' is not a date or a time"],
    [['--from', '2024-01-16', '--to', '2024-01-15'], 2, '[DLI-814]: --to 2024-01-15 is before --from 2024-01-16'],
    [['-n', '0'], 2, "--limit is '0'"],
  ])('refuses %s', async (argv, exitCode, message) => {
    expect(await ticks(daily, ...argv)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
  });

  it('says that there is none', async () => {
    expect(await ticks(daily, '--to', '2024-01-01', '--from', '2024-01-01')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\nNo tick is in that range\n$/),
    });
    expect(await ticks('iceberg.analytics.none')).toMatchObject({ exitCode: 3 });
  });
});

describe('what a catch-up of more than a thousand ticks leaves out', () => {
  it('names the command that computes it, if its dates are a parameter', async () => {
    await downFor(100 * hour, [datedSpec(daily, `schedule: ${thousands}`), plain]);
    const range = ['--from', '2024-01-19T10:00Z', '-n', '1', '--format', 'json'];
    const missed = async (dataset: string) => JSON.parse((await ticks(dataset, ...range)).stdout).items[0];
    const limit =
      'the server was down from 2024-01-15T09:30:45Z to 2024-01-19T13:30:45Z; a catch-up runs at most 1000 ticks';
    expect(await missed(daily)).toMatchObject({
      outcome: 'missed',
      reason: `${limit}, the others with: dli workflow backfill ${daily} -s 2024-01-18 -e 2024-01-19`,
    });
    expect(await missed(undated)).toMatchObject({ outcome: 'missed', reason: limit });
    const command = `dli workflow backfill ${daily} -s 2024-01-18 -e 2024-01-19`;
    for (const name of ['show', 'explain']) {
      const { stdout } = await dli(['workflow', name, daily], { env: { DLI_SERVER_URL: url } });
      expect(stdout.replaceAll(/\s+/g, ' '), name).toContain(command);
    }
  });
});
