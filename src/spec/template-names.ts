/** The variables that exist only when a run has an execution date. */
export const dateVariables = [
  'execution_date',
  'ds',
  'ds_nodash',
  'yesterday_ds',
  'tomorrow_ds',
  'week_start_ds',
  'month_start_ds',
  'year',
  'month',
  'day',
] as const;

/** The variables that every template has. */
export const plainVariables = ['ts', 'dataset', 'run_id'] as const;

/** The functions that templates can call. */
export const templateFunctions = ['date_add', 'date_sub', 'var', 'ref', 'source', 'env_var'] as const;

/** The filters that make a value safe to stand in SQL. */
export const sqlFilters = ['sql_string', 'sql_list', 'sql_identifier', 'sql_date'] as const;

/** Names that a parameter cannot have (but `execution_date`, which is meant to be one). */
export const builtinVariables: readonly string[] = [
  ...dateVariables,
  ...plainVariables,
  ...templateFunctions,
  'loop',
  'range',
  'dict',
  'namespace',
  'cycler',
  'joiner',
  'debug',
  'self',
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
  'and',
  'or',
  'not',
  'in',
  'is',
  'if',
  'else',
];
