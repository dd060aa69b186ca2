import type { Command } from '../src/cli/command.ts';
import { commonOptions } from '../src/cli/common-options.ts';
import { usageOf } from '../src/cli/help.ts';
import { optionFlags } from '../src/cli/option-flags.ts';
import { type CommandEntry, topics } from '../src/cli/registry.ts';

/** Writes docs/cli.md from the definitions that `--help` is written from. */
export async function cliPage(): Promise<string> {
  const sections = await Promise.all(
    topics.map(async ({ title, commands }) => [
      `## ${title}`,
      '',
      ...(await Promise.all(commands.map(commandLines))).flat(),
    ]),
  );
  return [
    '# Command line',
    '',
    '<!-- Written by `npm run docs` from the commands of src/cli. -->',
    '',
    'Everything here is what `dli <command> --help` says too. [errors.md](errors.md) has the exit codes and the error codes,',
    '[glossary.md](glossary.md) the words.',
    '',
    ...topics.flatMap(({ title, commands }) => [`* ${title}: ${commands.map(linkOf).join(', ')}`]),
    '',
    '## Options of every command',
    '',
    ...optionLines(commonOptions),
    '* `-h, --help`: Show the help of the command',
    '',
    'With `--format json` the answer of a command that asks the server is exactly the API’s, as `/openapi.json` describes it;',
    'what is said to people goes to stderr. Where the server is, the first that is set: `--server`, `DLI_SERVER_URL`,',
    '`server.url` in the nearest `dli.yaml`, `http://127.0.0.1:8081`. Colours appear on a terminal only, and not where',
    '`NO_COLOR` is set.',
    '',
    ...sections.flat(),
  ].join('\n');
}

function linkOf({ path }: CommandEntry): string {
  return `[${path.join(' ')}](#dli-${path.join('-')})`;
}

async function commandLines(entry: CommandEntry): Promise<readonly string[]> {
  const { command } = await entry.load();
  const name = `dli ${entry.path.join(' ')}`;
  return [
    `### ${name}`,
    '',
    `${entry.summary}.`,
    '',
    ...(command.details ?? []).flatMap((text) => [...paragraphLines(text), '']),
    ...code(usageOf(entry.path, command)),
    ...section(
      'Arguments',
      Object.entries(command.args).map(([arg, { summary }]) => `* \`${arg}\`: ${escaped(summary)}`),
    ),
    ...section('Options', optionLines(command.options)),
    'Examples:',
    '',
    ...code(...command.examples.map((example) => `${name} ${example}`.trimEnd())),
  ];
}

function optionLines(options: Command['options']): readonly string[] {
  return Object.entries(options).map(
    ([option, spec]) => `* \`${optionFlags(option, spec)}\`: ${escaped(spec.summary)}`,
  );
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, '', ...lines, ''];
}

function code(...lines: readonly string[]): readonly string[] {
  return ['```sh', ...lines, '```', ''];
}

/** As in help: lines that begin with a space, such as commands, stay as they are. */
function paragraphLines(text: string): readonly string[] {
  if (!text.startsWith(' ')) return [escaped(text.replaceAll('\n', ' '))];
  return code(...text.split('\n').map((line) => line.slice(2))).slice(0, -1);
}

/** Markdown takes `*` and `<` for something else. */
function escaped(text: string): string {
  return text.replaceAll(/[*<]/g, '\\$&');
}
