import { expect, it } from 'vitest';
import { UnfinishedError } from '../../compiler/compiler.ts';
import { DliError } from '../../contract/errors.ts';
import { EngineFixture, specOf } from './engine-fixture.suite.ts';

it('tries a run again whose template did not finish', async () => {
  const cause = new UnfinishedError('too slow');
  const compile = () => Promise.reject(new DliError('DLI-815', 'SQL of main.a: too slow', { cause }));
  const f = new EngineFixture({ compile, spec: specOf({ maxAttempts: 2, delaySeconds: 0 }) });
  const run = await f.end(await f.trigger({ maxAttempts: 2 }));
  expect(run).toMatchObject({ status: 'FAILED', attempt: 2, error: { code: 'DLI-815' } });
});
