import { schemaFileName, specJsonSchema } from './spec-json-schema.ts';

/** The dataset that a new project has. */
export const firstDataset = 'iceberg.analytics.daily_orders';

const settings = `# Where the commands in this folder find their server.
server:
  url: http://127.0.0.1:8081
`;

const configuration = `# The server of this project: dli server start --config basecamp.yaml
listen: 127.0.0.1:8081
data_dir: .dli          # state, logs and the tables
warehouses:
  default:
    type: duckdb
    memory_limit: 1GB
    threads: 2
`;

const spec = `# yaml-language-server: $schema=../${schemaFileName}
name: ${firstDataset}
owner: you@example.com
team: "@data"
description: Orders and turnover of a day, by country

parameters:
  - {name: execution_date, type: date, required: true, description: The day to compute}

# The day is replaced as a whole: running a date again gives the same rows, never twice as many.
pre_statements:
  - name: create_table
    sql: |
      CREATE TABLE IF NOT EXISTS ${firstDataset} (
        order_date DATE, country VARCHAR, orders BIGINT, turnover DECIMAL(12, 2)
      )
  - name: delete_day
    sql: DELETE FROM ${firstDataset} WHERE order_date = {{ execution_date | sql_date }}
query_file: daily_orders.sql

schedule:
  cron: "0 6 * * *"
  timezone: UTC
  execution_date: previous_day
`;

const query = `-- Seven days of January 2024 to begin with. Replace them by a table of yours.
INSERT INTO ${firstDataset}
SELECT order_date, country, count(*) AS orders, sum(amount) AS turnover
FROM (
  VALUES
    (DATE '2024-01-01', 'KR', 12.50), (DATE '2024-01-01', 'DE', 30.00), (DATE '2024-01-02', 'KR', 8.25),
    (DATE '2024-01-03', 'KR', 19.90), (DATE '2024-01-03', 'KR', 42.00), (DATE '2024-01-04', 'DE', 15.75),
    (DATE '2024-01-05', 'US', 99.00), (DATE '2024-01-06', 'KR', 11.10), (DATE '2024-01-07', 'DE', 64.40)
) AS orders (order_date, country, amount)
WHERE order_date = {{ execution_date | sql_date }}
GROUP BY order_date, country
`;

/** The files of a new project by their path, parents before children. */
export function newProjectFiles(): Readonly<Record<string, string>> {
  return {
    'dli.yaml': settings,
    'basecamp.yaml': configuration,
    [`datasets/dataset.${firstDataset}.yaml`]: spec,
    'datasets/daily_orders.sql': query,
    [schemaFileName]: `${JSON.stringify(specJsonSchema(), null, 2)}\n`,
    '.gitignore': '.dli/\n',
  };
}
