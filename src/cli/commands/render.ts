import { DliError } from '../../contract/errors.ts';
import { checkParameters } from '../../core/parameters.ts';
import { runLabel } from '../../core/run-id.ts';
import { compileRun } from '../../spec/compile.ts';
import { defineCommand } from '../command.ts';
import { dialectOption, readDialect } from '../dialect-option.ts';
import { readLocalSpec, withUserPaths } from '../local-spec.ts';
import { paramOption } from '../param-option.ts';
import { readParams } from '../params.ts';
import { visibleText } from '../render/visible.ts';

export const command = defineCommand({
  args: {
    spec: { summary: 'A spec file, or the name of a dataset whose spec lies below this folder', names: ['file'] },
  },
  options: {
    param: paramOption,
    dialect: dialectOption,
    path: {
      kind: 'text',
      takes: 'DIR',
      summary: 'Where to look for the spec of a dataset; default here',
      names: ['folder'],
    },
  },
  examples: [
    'iceberg.analytics.daily_clicks -p execution_date=2024-01-15',
    'specs/dataset.iceberg.analytics.daily_clicks.yaml -p execution_date=2024-01-15',
  ],
  run: async ({ args, options }, { io, format, json }) => {
    const local = readLocalSpec(args.spec, { cwd: io.cwd, folder: options.path });
    const { spec } = local;
    const params = checkParameters({ declared: spec.parameters, given: readParams(options.param) });
    const executionDate = typeof params.execution_date === 'string' ? params.execution_date : null;
    const now = io.now();
    const run = { runId: runLabel(spec.name, now.getTime()), params, executionDate, ts: now.toISOString() };
    const compiled = await compileRun({ spec, warehouseDialect: readDialect(options.dialect), run }).catch(
      (error: unknown) => {
        throw error instanceof DliError ? withUserPaths(error, local) : error;
      },
    );
    const statements = [
      ...compiled.statements.map(({ label, sql }) => ({ label, phase: 'transaction' as const, sql })),
      ...compiled.postStatements.map(({ label, sql }) => ({ label, phase: 'after_commit' as const, sql })),
    ];
    if (format === 'json') {
      json({ dataset_name: spec.name, params, execution_date: executionDate, statements });
      return 0;
    }
    for (const { label, phase, sql } of statements) {
      // What goes to a file or another program is the SQL as it would run; only a terminal obeys control characters.
      const shown = io.isTty ? visibleText(sql) : sql;
      const title = phase === 'after_commit' ? `${label}, after the commit` : label;
      io.stdout.write(`-- ${title}\n${shown.trimEnd()}${/;\s*$/.test(shown) ? '' : ';'}\n`);
    }
    return 0;
  },
});
