import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/core/run.ts';
import { appendLogs } from '../../src/store/queries/logs.ts';
import { storeRun } from '../../src/store/store-fixture.suite.ts';
import { Api } from './api.ts';
import { readBlocks } from './read-blocks.ts';

function write(api: Api, run: Run, ...lines: readonly (readonly [attempt: number, line: string])[]): Promise<void> {
  return api.database.write((transaction) =>
    appendLogs(
      transaction,
      run.runUid,
      lines.map(([attempt, line]) => ({ attempt, at: 0, line })),
    ),
  );
}

/** Follows a log; `read` gives the next `count` lines as [id, line], fewer at its end, which `end` then tells. */
async function follow(api: Api, path: string, headers: Record<string, string> = {}) {
  const response = await api.raw('GET', `/workflows/runs/${path}`, undefined, headers);
  const blocks = readBlocks(response);
  let end: { readonly status: string } | undefined;
  return {
    response,
    end: () => end,
    cancel: blocks.cancel,
    read: async (count: number): Promise<[string, string][]> => {
      const found: [string, string][] = [];
      while (found.length < count) {
        const block = await blocks.next();
        if (!block) break;
        if (block.event === 'done') end = JSON.parse(block.data ?? '');
        else if (block.data !== undefined) found.push([block.id ?? '', JSON.parse(block.data).line]);
      }
      return found;
    },
  };
}

describe("a run's log as a stream", () => {
  it('gives each line as it is stored, and the run when it has ended', async () => {
    const api = new Api();
    const run = await storeRun(api.database, { held: true });
    const other = await storeRun(api.database, { held: true });
    await write(api, run, [1, 'first']);
    const stream = await follow(api, `${run.runId}/logs/follow`);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    expect(await stream.read(1)).toEqual([['1', 'first']]);
    await write(api, other, [1, 'of another run']);
    await write(api, run, [1, 'second'], [1, 'third']);
    expect(await stream.read(2)).toEqual([
      ['3', 'second'],
      ['4', 'third'],
    ]);
    await api.send('POST', `/workflows/runs/${run.runId}/stop`, {});
    expect(await stream.read(1)).toEqual([]);
    expect(stream.end()).toMatchObject({ run_id: run.runId, status: 'KILLED' });
  });

  it('goes on after Last-Event-ID or after, over more lines than a page', async () => {
    const api = new Api();
    const run = await storeRun(api.database, { held: true });
    await write(api, run, ...Array.from({ length: 450 }, (_, n): [number, string] => [1, `line ${n + 1}`]));
    await api.send('POST', `/workflows/runs/${run.runId}/stop`, {});
    const stream = await follow(api, `${run.runId}/logs/follow?after=2`, { 'last-event-id': '10' });
    expect(await stream.read(1_000)).toEqual(Array.from({ length: 440 }, (_, n) => [String(n + 11), `line ${n + 11}`]));
    expect(stream.end()).toMatchObject({ status: 'KILLED' });
    const last = await follow(api, `${run.runId}/logs/follow?after=449`);
    expect(await last.read(2)).toEqual([['450', 'line 450']]);
  });

  it('can be narrowed to an attempt', async () => {
    const api = new Api();
    const run = await storeRun(api.database, { held: true });
    await write(api, run, [1, 'a'], [2, 'b'], [1, 'c'], [2, 'd']);
    const stream = await follow(api, `${run.runId}/logs/follow?attempt=2`);
    expect((await stream.read(2)).map(([, line]) => line)).toEqual(['b', 'd']);
    await stream.cancel();
  });

  it('ends without an end when the server closes, and is refused for a run that is not there', async () => {
    const api = new Api();
    const run = await storeRun(api.database, { held: true });
    const stream = await follow(api, `${run.runId}/logs/follow`);
    api.closing.abort();
    expect(await stream.read(1)).toEqual([]);
    expect(stream.end()).toBeUndefined();
    expect(await api.send('GET', '/workflows/runs/nothing_20240101_000000/logs/follow')).toMatchObject({
      status: 404,
      body: { code: 'DLI-809' },
    });
  });

  it('tells in the stream that the run is gone', async () => {
    const api = new Api();
    const run = await storeRun(api.database, { held: true });
    const response = await api.raw('GET', `/workflows/runs/${run.runId}/logs/follow`);
    await api.database.write((transaction) => transaction.run('DELETE FROM runs WHERE run_uid = ?', [run.runUid]));
    await write(api, run, [1, 'late']);
    const blocks = readBlocks(response);
    let block = await blocks.next();
    while (block?.event !== 'error') block = await blocks.next();
    expect(JSON.parse(block.data ?? '')).toMatchObject({ code: 'DLI-809' });
    expect(api.bugs).toEqual([]);
  });
});
