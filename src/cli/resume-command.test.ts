import { expect, it } from 'vitest';
import { resumeCommand } from './resume-command.ts';

const backfill = {
  dataset_name: 'a.b',
  resume_date: '2024-01-05',
  end_date: '2024-01-07',
  params: { execution_date: null, city: null, note: 'none', n: 5, days: ['mon'], text: 'a b' },
};

it('gives what the user gave, and neither what has no value nor what is the default', () => {
  const declared = [
    { name: 'note', default: 'none' },
    { name: 'n', default: 4 },
    { name: 'days', default: ['mon'] },
    { name: 'text', default: null },
  ];
  expect(resumeCommand(backfill, declared)).toBe(
    "dli workflow backfill a.b -s 2024-01-05 -e 2024-01-07 -p n=5 -p 'text=a b'",
  );
});

it('leaves out what has no value also where the defaults are not known', () => {
  expect(resumeCommand(backfill, [])).toBe(
    `dli workflow backfill a.b -s 2024-01-05 -e 2024-01-07 -p note=none -p n=5 -p 'days=["mon"]' -p 'text=a b'`,
  );
});

it('is nothing while there is nothing to resume', () => {
  expect(resumeCommand({ ...backfill, resume_date: null }, [])).toBeUndefined();
});
