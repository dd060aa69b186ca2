import type { Command } from './command.ts';
import { commonOptions } from './common-options.ts';
import { optionFlags } from './option-flags.ts';
import { type CommandEntry, groups, registry } from './registry.ts';
import { wrapText } from './render/wrap.ts';

/** What fits every terminal. */
const helpWidth = 80;
const widestLeft = 32;

type Row = readonly [left: string, right: string];

/** Writes the help of `dli` itself or of one of its groups. */
export function groupHelp(group: string | undefined): string {
  const commands = registry.filter(({ path }) => group === undefined || path[0] === group);
  const title = group === undefined ? 'Run, schedule and backfill SQL datasets on a server.' : `${groups[group]}.`;
  return [
    title,
    '',
    `Usage: dli ${group === undefined ? '' : `${group} `}<command> [options]`,
    '',
    'Commands:',
    ...columns(commands.map(({ path, summary }) => [path.slice(group === undefined ? 0 : 1).join(' '), summary])),
    '',
    'Options of every command:',
    ...columns(commonRows()),
    '',
    `Examples of a command: dli ${group ?? 'workflow'} ${group === 'server' ? 'start' : 'run'} --help`,
    '',
  ].join('\n');
}

/** Writes the help of one command. */
export function commandHelp({ path, summary }: CommandEntry, command: Command): string {
  const name = `dli ${path.join(' ')}`;
  const args = Object.entries(command.args);
  const usage = args.map(([arg, { optional }]) => (optional ? ` [${arg}]` : ` <${arg}>`)).join('');
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', `${title}:`, ...lines]);
  return [
    ...wrapText(`${summary}.`, helpWidth),
    ...(command.details ?? []).flatMap((text) => ['', ...paragraph(text)]),
    '',
    `Usage: ${name}${usage} [options]`,
    ...section('Arguments', columns(args.map(([arg, { summary: text }]) => [arg, text]))),
    ...section(
      'Options',
      columns(Object.entries(command.options).map(([option, spec]) => [optionFlags(option, spec), spec.summary])),
    ),
    ...section('Options of every command', columns(commonRows())),
    ...section(
      'Examples',
      command.examples.map((example) => `  ${name}${example === '' ? '' : ` ${example}`}`),
    ),
    '',
  ].join('\n');
}

function commonRows(): readonly Row[] {
  const rows = Object.entries(commonOptions).map(([name, spec]): Row => [optionFlags(name, spec), spec.summary]);
  return [...rows, ['-h, --help', 'Show this help']];
}

/** Two columns; a wide left text has its right one below it. */
function columns(rows: readonly Row[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([left]) => (left.length > widestLeft ? 0 : left.length)));
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
