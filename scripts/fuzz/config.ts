import type { Seeds } from './seeded-server.ts';

/** Operations that may refuse what their schema allows: a cursor that no list gave, a spec, dates or a name that are none, a
 * table that no run has made yet, a spec that names nobody to notify. */
const meaningChecked = [
  'backfill.list',
  'notification.list',
  'notification.resend',
  'notification.test',
  'token.create',
  'token.list',
  'workflow.backfill',
  'workflow.deploy',
  'workflow.history',
  'workflow.list',
  'workflow.logs',
  'workflow.preview',
  'workflow.register',
  'workflow.revision',
  'workflow.run',
  'workflow.ticks',
  'workflow.update',
];

/** How the fuzzer is set up, as TOML: real names for what a request refers to, and what an answer may be. */
export function fuzzConfig({ datasets, updated, runs, backfills, specs, token }: Seeds): string {
  return `
headers = { Authorization = "Bearer ${token}" }

[dictionaries]
datasets = { values = ${JSON.stringify(datasets)} }
runs = { values = ${JSON.stringify(runs)} }
backfills = { values = ${JSON.stringify(backfills)} }
updated = { values = ${JSON.stringify(updated)} }
specs = { values = ${JSON.stringify(specs)} }
dates = { values = ["2024-01-01", "2024-01-03"] }

[parameters]
"path.dataset" = { dictionary = "datasets", probability = 0.7 }
"path.run_id" = { dictionary = "runs", probability = 0.7 }
"path.backfill_id" = { dictionary = "backfills", probability = 0.7 }
"query.dataset_name" = { dictionary = "datasets", probability = 0.5 }
"body.spec" = { dictionary = "specs", probability = 0.7 }
"body.start_date" = { dictionary = "dates", probability = 0.7 }
"body.end_date" = { dictionary = "dates", probability = 0.7 }

[[operations]]
include-operation-id = "workflow.update"
[operations.parameters]
"path.dataset" = { dictionary = "updated", probability = 0.7 }

[[operations]]
include-operation-id = ${JSON.stringify(meaningChecked)}
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "503"]

# Streams do not end by themselves.
[[operations]]
include-operation-id = ["events.follow", "workflow.followLog"]
max-stream-events = 20
request-timeout = 0.2
`;
}
