import { expect, it, onTestFinished, vi } from 'vitest';
import { reportAttempt } from './attempt-report.ts';
import type { AttemptNotice } from './child-protocol.ts';

function fixture() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
  onTestFinished(() => void vi.useRealTimers());
  const sent: AttemptNotice[] = [];
  const written: string[] = [];
  const report = reportAttempt((notice) => sent.push(notice));
  const later = (line: string) =>
    report.logLater(() => {
      written.push(line);
      return line;
    });
  return { report, later, sent, written, lines: () => sent.flatMap(({ lines }) => lines) };
}

it('writes a line that may wait once what comes next has begun, and no later', () => {
  const { report, later, written, lines } = fixture();
  later('create: CREATE');
  expect(written).toEqual([]);
  vi.advanceTimersByTime(0);
  expect(written).toEqual(['create: CREATE']);
  report.flush();
  report.flush();
  expect(lines()).toEqual(['create: CREATE']);
});

it('keeps the order of what is told, whatever comes after a line that waits', () => {
  const { report, later, sent, lines } = fixture();
  later('1');
  later('2');
  report.log('3', '4');
  later('5');
  report.logEnd('6');
  later('7');
  report.postDone(1);
  later('8');
  report.flush();
  expect(lines()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  vi.runAllTimers();
  expect(lines()).toHaveLength(8);
  expect(sent.map(({ postDone }) => postDone)).toEqual([1, undefined]);
});

it('counts lines that wait among those that are left out when there are too many', () => {
  const { report, later, lines } = fixture();
  for (let line = 1; line <= 1_002; line += 1) later(String(line));
  report.logEnd('the end');
  report.flush();
  expect(lines()).toHaveLength(1_001);
  expect(lines().slice(-3)).toEqual(['999', 'further lines are left out', 'the end']);
});

it('sends what was told within 50 ms, and that a run was published at once', () => {
  const { report, sent } = fixture();
  report.log('1');
  vi.advanceTimersByTime(49);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([{ lines: ['1'] }]);
  report.published({ atOnce: false });
  expect(sent).toHaveLength(1);
  report.published({ atOnce: true });
  expect(sent[1]).toEqual({ lines: [], published: true });
});
