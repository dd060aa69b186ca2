import perfHooks from 'node:perf_hooks';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openState } from '../store/store-fixture.suite.ts';
import { Metrics } from './metrics.ts';

it('wakes an idle server no more than twenty times a second', () => {
  const monitor = vi.spyOn(perfHooks, 'monitorEventLoopDelay');
  onTestFinished(() => monitor.mockRestore());
  new Metrics(openState(), () => 0);
  expect(monitor.mock.calls).toEqual([[{ resolution: 50 }]]);
});
