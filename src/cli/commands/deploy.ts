import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DliError } from '../../contract/errors.ts';
import { type WrongSpec, wrongSpecsError } from '../../core/wrong-specs.ts';
import { defineCommand } from '../command.ts';
import { findCommit } from '../deploy-commit.ts';
import { deployError } from '../deploy-error.ts';
import { gitIn } from '../git.ts';
import { callOptions, idempotencyKeyOption } from '../idempotency-option.ts';
import { type LocalSpec, readSpecFile, shownPath } from '../local-spec.ts';
import { commandLine } from '../render/command-line.ts';
import { deployLines } from '../render/deploy.ts';
import { visibleText } from '../render/visible.ts';
import { noSpecs, specPaths, unreadableSpecs } from '../spec-paths.ts';

/** The exit code that tells a CI job that there are changes. No error has it. */
const changesExit = 10;

/** An empty folder is most often a checkout that failed. */
const emptyHint = 'If all code specs are to be removed: dli workflow deploy --prune --allow-empty';

export const command = defineCommand({
  args: {
    path: {
      summary: 'A folder that is searched for specs, or a spec file; default this folder',
      optional: true,
      names: ['folder', 'file'],
    },
  },
  options: {
    'dry-run': { kind: 'flag', summary: 'Only show the plan: what would change, and how' },
    prune: { kind: 'flag', summary: 'Remove the code specs of datasets that are not among these' },
    'exit-code': { kind: 'flag', summary: 'Exit 10 when there are changes, 0 when there is nothing to do' },
    commit: {
      kind: 'text',
      takes: 'SHA',
      summary: "The commit that the specs are of; default what the CI's variables or Git say",
    },
    'allow-empty': { kind: 'flag', summary: 'With --prune: go on without any spec, which removes all code specs' },
    'idempotency-key': idempotencyKeyOption,
  },
  details: [
    'The specs and the SQL files that they name are read here and sent to the server, which checks all of them before it changes anything: when one is wrong, nothing is deployed. What was sent comes into force as a whole. Datasets of earlier deploys that are not among the specs stay, unless --prune is given. No deploy changes a pause.',
    'The plan tells for each dataset how its spec changes in what it means, whether changed SQL computes something else or is only written differently, and what that makes of its next runs. Errors keep their exit codes with --exit-code, too.',
  ],
  examples: ['specs --dry-run', 'specs --prune', 'specs --dry-run --format json'],
  run: async ({ args, options }, context) => {
    const { io, format, json, say } = context;
    const specs = readSpecs(args.path, io.cwd);
    if (specs.length === 0 && !options['allow-empty']) throw noSpecs(args.path, io.cwd, emptyHint);
    const input = {
      specs: specs.map(({ file, text, sqlFiles }) => ({ file_name: file, spec: text, files: { ...sqlFiles } })),
      prune: options.prune,
      dry_run: options['dry-run'],
      allow_empty: options['allow-empty'],
      commit: findCommit({ given: options.commit, env: io.env, git: gitIn(folderOf(args.path, io.cwd), io.env) }),
    };
    const client = await context.connect();
    const again = [
      ...['dli', 'workflow', 'deploy'],
      ...(args.path === undefined ? [] : [args.path]),
      ...(options.prune ? ['--prune'] : []),
      ...(options['allow-empty'] ? ['--allow-empty'] : []),
      ...(options.commit === undefined ? [] : ['--commit', options.commit]),
      ...(context.server === undefined ? [] : ['--server', context.server]),
    ];
    const deploy = await client.workflow
      .deploy(input, callOptions(context, options['idempotency-key']))
      .catch((error: unknown) => {
        throw deployError(error, { url: client.url, again });
      });
    if (format === 'json') json(deploy);
    else
      say(
        ...deployLines(deploy, {
          ...context,
          timeZone: io.timeZone,
          command: commandLine(again),
        }),
      );
    for (const { dataset_name, warnings } of deploy.changes)
      for (const warning of warnings) io.stderr.write(`Warning: ${visibleText(`${dataset_name}: ${warning}`)}\n`);
    for (const warning of deploy.warnings) io.stderr.write(`Warning: ${visibleText(warning)}\n`);
    return options['exit-code'] && deploy.changes.length > 0 ? changesExit : 0;
  },
});

/** Reads all specs. @throws DLI-813 and others with the problems of all files that can be found without a server */
function readSpecs(path: string | undefined, cwd: string): readonly LocalSpec[] {
  const wrong: WrongSpec[] = [];
  const { specs: paths, unreadable } = specPaths(path, cwd);
  if (unreadable.length > 0) throw unreadableSpecs(unreadable, cwd);
  const specs = paths.flatMap((file) => {
    try {
      return [readSpecFile(file, cwd)];
    } catch (error) {
      if (!(error instanceof DliError)) throw error;
      wrong.push({ file: shownPath(file, cwd), error });
      return [];
    }
  });
  if (wrong.length > 0) throw wrongSpecsError(wrong, paths.length);
  return specs;
}

function folderOf(path: string | undefined, cwd: string): string {
  const full = resolve(cwd, path ?? '.');
  return statSync(full, { throwIfNoEntry: false })?.isFile() ? dirname(full) : full;
}
