import { DuckDBInstance } from '@duckdb/node-api';
import { flightsFile } from './places.ts';
import { printText, style } from './terminal.ts';

/** What the demo did, as the server tells it. */
export interface Done {
  /** The table's database file; no server may hold it. */
  readonly catalogFile: string;
  /** Both included. */
  readonly firstDate: string;
  readonly lastDate: string;
  readonly dates: number;
  /** Run uids of all runs that the server calls COMPLETED. */
  readonly completed: ReadonlySet<string>;
}

interface Check {
  readonly what: string;
  readonly found: number;
  readonly expected: number;
}

/** Checks the result with a DuckDB of its own, prints each check, and tells whether all hold. */
export async function checkResult(done: Done): Promise<boolean> {
  const checks = await compare(done);
  const width = Math.max(...checks.map(({ what }) => what.length));
  for (const { what, found, expected } of checks) {
    const holds = found === expected;
    const result = holds ? style('green', 'ok') : style('red', `not ok: should be ${format(expected)}`);
    printText(`${what.padEnd(width)}  ${format(found).padStart(9)}  ${result}`);
  }
  return checks.every(({ found, expected }) => found === expected);
}

async function compare({ catalogFile, firstDate, lastDate, dates, completed }: Done): Promise<readonly Check[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${catalogFile.replaceAll("'", "''")}' AS iceberg (READ_ONLY)`);
    const readRow = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()[0]?.map(Number) ?? [];
    const [inSource = -1] = await readRow(
      `SELECT count(*) FROM read_parquet('${flightsFile.replaceAll("'", "''")}')
       WHERE date >= DATE '${firstDate}' AND date < DATE '${lastDate}' + INTERVAL 1 DAY`,
    );
    const tables = ['daily_flights', 'daily_routes'].map(async (table): Promise<readonly Check[]> => {
      const airports = table === 'daily_flights' ? 'origin' : 'origin, destination';
      const [flights = 0, days = 0, repeated = 0] = await readRow(
        `SELECT sum(flights), count(DISTINCT flight_date), count(*) - count(DISTINCT (flight_date, ${airports}))
         FROM iceberg.analytics.${table}`,
      );
      return [
        { what: `${table}: flights, as in the source file`, found: flights, expected: inSource },
        { what: `${table}: dates, each computed`, found: days, expected: dates },
        { what: `${table}: repeated rows`, found: repeated, expected: 0 },
      ];
    });
    const reader = await connection.runAndReadAll('SELECT run_uid FROM iceberg._dli.published_runs');
    const published = reader.getRows().map(([uid]) => String(uid));
    const unknown = published.filter((uid) => !completed.has(uid));
    return [
      ...(await Promise.all(tables)).flat(),
      { what: 'completed runs, each published once', found: published.length, expected: completed.size },
      { what: 'published, but not completed', found: unknown.length, expected: 0 },
    ];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function format(count: number): string {
  return count.toLocaleString('en-US');
}
