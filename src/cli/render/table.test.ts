import { describe, expect, it } from 'vitest';
import { type Column, renderTable } from './table.ts';

interface Row {
  readonly name: string;
  readonly count: string;
}

const columns: readonly Column<Row>[] = [
  { header: 'NAME', minWidth: 6, value: ({ name }) => name },
  { header: 'COUNT', align: 'right', value: ({ count }) => count },
];

describe('renderTable', () => {
  it('lines columns up below their headers', () => {
    const rows = [
      { name: 'a', count: '1' },
      { name: 'longest', count: '12345678' },
    ];
    expect(renderTable(columns, rows)).toBe('NAME        COUNT\na               1\nlongest  12345678\n');
  });

  it('counts a wide character as two cells', () => {
    const rows = [
      { name: '데이터', count: '1' },
      { name: 'abcdefg', count: '2' },
    ];
    expect(renderTable(columns, rows)).toBe('NAME     COUNT\n데이터       1\nabcdefg      2\n');
  });

  it('shortens the widest column until a row fits the terminal', () => {
    const text = renderTable(columns, [{ name: 'x'.repeat(60), count: '1' }], { maxWidth: 20 });
    expect(text).toBe(`NAME           COUNT\n${'x'.repeat(12)}…      1\n`);
  });

  it('never shortens what has to be whole, but gives up least widths and shortens the rest', () => {
    const id = 'x'.repeat(30);
    const whole: readonly Column<Row>[] = [
      { header: 'ID', minWidth: 40, isWhole: true, value: ({ name }) => name },
      { header: 'NOTE', value: ({ count }) => count },
    ];
    expect(renderTable(whole, [{ name: id, count: 'a long note' }], { maxWidth: 38 })).toContain(`${id}  a lon…\n`);
    expect(renderTable(whole, [{ name: id, count: 'a note '.repeat(9) }], { maxWidth: 20 })).toBe(
      `ID\n  NOTE\n${id}\n  a note a note a n…\n`,
    );
  });

  it('gives the first column a line of its own where a row would be cut to bits, when it has to be whole', () => {
    const id = 'iceberg.analytics.daily_clicks_20240115_093045';
    const runs: readonly Column<Row>[] = [
      { header: 'RUN ID', minWidth: 40, isWhole: true, value: ({ name }) => name },
      { header: 'STATUS', minWidth: 9, isWhole: true, value: () => 'failed', paint: (text) => `<${text}>` },
      { header: 'STARTED', isWhole: true, value: () => '2024-01-15 18:30 +09:00' },
      { header: 'TRIGGER', value: ({ count }) => count },
    ];
    const rows = [
      { name: id, count: '김영희' },
      { name: 'users_20240115_093045', count: '' },
    ];
    expect(renderTable(runs, rows, { maxWidth: 80 })).toBe(
      [
        'RUN ID',
        '  STATUS     STARTED                  TRIGGER',
        id,
        '  <failed   >  2024-01-15 18:30 +09:00  김영희',
        'users_20240115_093045',
        '  <failed   >  2024-01-15 18:30 +09:00',
        '',
      ].join('\n'),
    );
    expect(renderTable(runs, rows, { maxWidth: 100 }).split('\n')).toHaveLength(4);
    expect(renderTable(runs, rows.slice(0, 1), { maxWidth: 40 })).toBe(
      [
        'RUN ID',
        '  STATUS     STARTED',
        '  TRIGGER',
        id,
        '  <failed   >  2024-01-15 18:30 +09:00',
        '  김영희',
        '',
      ].join('\n'),
    );
  });

  it('shortens nothing when the width is not known', () => {
    expect(renderTable(columns, [{ name: 'x'.repeat(300), count: '1' }])).toContain('x'.repeat(300));
  });

  it('makes control characters of a value visible', () => {
    const text = renderTable(columns, [{ name: '\u001b[2J\nx', count: '1' }]);
    expect(text).toContain('\\x1b[2J\\nx');
    expect(text).not.toContain('\u001b');
  });

  it('colours a value after padding it, so that columns stay in line', () => {
    const painted: readonly Column<Row>[] = [
      { header: 'NAME', minWidth: 4, value: ({ name }) => name, paint: (text) => `<${text}>` },
      { header: 'COUNT', value: ({ count }) => count },
    ];
    expect(renderTable(painted, [{ name: 'a', count: '1' }])).toBe('NAME  COUNT\n<a   >  1\n');
  });

  it('writes tables of many thousand rows', () => {
    const rows = Array.from({ length: 200_000 }, () => ({ name: 'a', count: '1' }));
    expect(renderTable(columns, rows).split('\n')).toHaveLength(200_002);
  });
});
