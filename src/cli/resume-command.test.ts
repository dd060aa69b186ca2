import { expect, it } from 'vitest';
import { resumeCommand } from './resume-command.ts';

const backfill = { dataset_name: 'a.b', backfill_id: 'bf-20240115-093045', resume_date: '2024-01-05' };

it('names the backfill, which keeps its dates, parameters and options', () => {
  expect(resumeCommand(backfill)).toBe('dli workflow backfill a.b --resume bf-20240115-093045');
});

it('is nothing while there is nothing to resume', () => {
  expect(resumeCommand({ ...backfill, resume_date: null })).toBeUndefined();
});
