import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DliError } from '../../contract/errors.ts';
import { defineCommand } from '../command.ts';
import { firstDataset, newProjectFiles } from '../new-project.ts';
import { commandLine } from '../render/command-line.ts';
import { visibleLine } from '../render/visible.ts';
import { writeNewFiles } from '../write-new-files.ts';

export const command = defineCommand({
  args: {
    folder: { summary: 'Where; it is made if it is not there; default here', optional: true, names: ['folder'] },
  },
  options: {},
  details: ['It never overwrites: when one of its files is there already, or cannot be written, nothing is written.'],
  examples: ['', 'analytics', 'analytics --format json'],
  run: async ({ args }, { io, format, json, say }) => {
    const folder = resolve(io.cwd, args.folder ?? '.');
    const files = newProjectFiles();
    refuseExisting(folder, Object.keys(files));
    writeNewFiles(folder, files);
    const next = nextCommands(args.folder);
    if (format === 'json') json({ folder, files: Object.keys(files), next });
    else {
      say(
        `Project made: ${visibleLine(folder)}`,
        ...Object.keys(files).map((path) => `  ${path}`),
        '',
        'Start its server and leave it running:',
        ...next.slice(0, -3).map((line) => `  ${visibleLine(line)}`),
        'Then, in another terminal in that folder:',
        ...next.slice(-3).map((line) => `  ${line}`),
      );
    }
    return 0;
  },
});

function nextCommands(folder: string | undefined): readonly string[] {
  return [
    ...(folder === undefined ? [] : [commandLine(['cd', folder])]),
    'dli server start --config basecamp.yaml',
    `dli workflow register ${firstDataset}`,
    `dli workflow backfill ${firstDataset} -s 2024-01-01 -e 2024-01-07 --wait`,
    `dli workflow preview ${firstDataset}`,
  ];
}

function refuseExisting(folder: string, paths: readonly string[]): void {
  const taken = paths.filter((path) => existsSync(join(folder, path)));
  if (taken.length === 0) return;
  throw new DliError('DLI-804', `${folder} has ${taken.join(', ')} already; nothing was written`, {
    hints: ['Give another folder: dli init DIR'],
  });
}
