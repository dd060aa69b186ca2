import type { Command } from './command.ts';
import { commonOptions } from './common-options.ts';
import { optionFlags } from './option-flags.ts';
import { type CommandEntry, groups, topics } from './registry.ts';
import { wrapText } from './render/wrap.ts';

/** What fits every terminal. */
const helpWidth = 80;
const widestLeft = 32;
/** What a shell reads on after. */
const continued = ' \\';

/** What somebody has to know who knows nothing yet. */
const introduction = [
  'Run, schedule and backfill SQL datasets on a server.',
  '',
  ...wrapText(
    'A dataset is a table that a spec produces: a YAML file with SQL. On the server it is a workflow, which may have a schedule and is run for a date, or for a range of dates (a backfill).',
    helpWidth,
  ),
  '',
  'New here? "dli init my_project" makes a project and says what to type next.',
];

/** Which command of a group stands for all in its help. @default run */
const examples: Readonly<Record<string, string>> = { server: 'start', 'server token': 'create' };

type Row = readonly [left: string, right: string];

/** Writes the help of `dli` itself or of one of its groups. */
export function groupHelp(group: string | undefined): string {
  const isShown = ({ path }: CommandEntry) => group === undefined || path.join(' ').startsWith(`${group} `);
  const nameOf = ({ path }: CommandEntry) => path.slice(group === undefined ? 0 : group.split(' ').length).join(' ');
  const shown = topics
    .map(({ title, commands }) => ({ title, commands: commands.filter(isShown) }))
    .filter(({ commands }) => commands.length > 0);
  const width = Math.max(...shown.flatMap(({ commands }) => commands.map((entry) => nameOf(entry).length)));
  return [
    ...(group === undefined ? introduction : [`${groups[group]}.`]),
    '',
    `Usage: dli ${group === undefined ? '' : `${group} `}<command> [options]`,
    ...shown.flatMap(({ title, commands }) => [
      '',
      `${shown.length === 1 ? 'Commands' : title}:`,
      ...columns(
        commands.map((entry) => [nameOf(entry), entry.summary]),
        width,
      ),
    ]),
    '',
    'Options of every command:',
    ...columns(commonRows()),
    '',
    `Options and examples of a command: dli ${group ?? 'workflow'} ${examples[group ?? ''] ?? 'run'} --help`,
    '',
  ].join('\n');
}

/** Writes the help of one command. */
export function commandHelp({ path, summary }: CommandEntry, command: Command): string {
  const name = `dli ${path.join(' ')}`;
  const args = Object.entries(command.args);
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines]);
  return [
    ...wrapText(`${summary}.`, helpWidth),
    ...(command.details ?? []).flatMap((text) => ['', ...paragraph(text)]),
    '',
    ...wrapText(`Usage: ${usageOf(path, command)}`, helpWidth).map((line, index) =>
      index === 0 ? line : `    ${line}`,
    ),
    ...section('Arguments', columns(args.map(([arg, { summary: text }]) => [arg, text]))),
    ...section(
      'Options',
      columns(Object.entries(command.options).map(([option, spec]) => [optionFlags(option, spec), spec.summary])),
    ),
    ...section('Options of every command', columns(commonRows())),
    ...section(
      'Examples',
      command.examples.flatMap((example) => exampleLines(`${name} ${example}`)),
    ),
    '',
  ].join('\n');
}

/** Writes how a command is typed, with what it cannot do without. */
export function usageOf(path: readonly string[], { args, options }: Command): string {
  const words = Object.entries(args).map(([name, { optional }]) => (optional ? `[${name}]` : `<${name}>`));
  const required = Object.entries(options).flatMap(([name, spec]) =>
    'required' in spec ? optionFlags(name, spec).replace(/^-., /, '') : [],
  );
  return ['dli', ...path, ...words, ...required, '[options]'].join(' ');
}

/** Breaks a command as a shell reads on, so that it can be copied; quoted words, and options with their values, stay whole. */
function exampleLines(command: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word] of command.matchAll(/(?:-\S+ (?!-))?(?:'[^']*'|"[^"]*"|\S+)/g)) {
    const longer = line === '' ? `  ${word}` : `${line} ${word}`;
    if (longer.length <= helpWidth - continued.length) line = longer;
    else {
      lines.push(`${line}${continued}`);
      line = `      ${word}`;
    }
  }
  return [...lines, line];
}

function commonRows(): readonly Row[] {
  const rows = Object.entries(commonOptions).map(([name, spec]): Row => [optionFlags(name, spec), spec.summary]);
  return [...rows, ['-h, --help', 'Show this help']];
}

/** Two columns, the left one at least `least` cells wide; a wider left text has its right one below it. */
function columns(rows: readonly Row[], least = 0): readonly string[] {
  const width = Math.max(least, ...rows.map(([left]) => (left.length > widestLeft ? 0 : left.length)));
  const indent = ' '.repeat(width + 4);
  return rows.flatMap(([left, right]) => {
    const [first = '', ...more] = wrapText(right, helpWidth - indent.length).map((line) => `${indent}${line}`);
    const start = `  ${left}`;
    return left.length > width ? [start, first, ...more] : [start + first.slice(start.length), ...more];
  });
}

/** Lines that begin with a space, such as commands, stay as they are. */
function paragraph(text: string): readonly string[] {
  return text.startsWith(' ') ? text.split('\n') : wrapText(text, helpWidth);
}
