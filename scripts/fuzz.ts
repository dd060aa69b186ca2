/**
 * `npm run fuzz`: a real server, and a generic fuzzer that makes requests from its OpenAPI document alone. It fails on a
 * server error, an answer that the document does not have, and a stack trace. `--short` is bounded and always the same;
 * other arguments go to the fuzzer.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fuzzConfig } from './fuzz/config.ts';
import { bugsIn, leaksIn } from './fuzz/leaks.ts';
import { installFuzzer, MissingPython, runToEnd } from './fuzz/python.ts';
import { startSeededServer } from './fuzz/seeded-server.ts';

const shortArguments = ['--seed', '1', '--max-examples', '10', '--generation-database', 'none'];
const longArguments = ['--max-examples', '200'];

const given = process.argv.slice(2);
const isShort = given.includes('--short');
const folder = mkdtempSync(join(tmpdir(), 'dli-fuzz-'));

try {
  process.exitCode = (await fuzz()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof MissingPython)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fuzz(): Promise<boolean> {
  const programs = installFuzzer();
  const dataDir = join(folder, 'data');
  const { server, seeds } = await startSeededServer(dataDir);
  try {
    const config = join(folder, 'schemathesis.toml');
    writeFileSync(config, fuzzConfig(seeds));
    const report = join(folder, 'requests.har');
    const code = await runToEnd(
      join(programs, 'schemathesis'),
      [
        ...['--config-file', config, '--no-color', 'run', `${server.url}/openapi.json`],
        ...['--report', 'har', '--report-har-path', report],
        ...(isShort ? shortArguments : longArguments),
        ...given.filter((word) => word !== '--short'),
      ],
      folder,
    );
    const leaks = leaksIn(readFileSync(report, 'utf8'));
    const bugs = bugsIn(readFileSync(join(dataDir, 'basecamp.log'), 'utf8'));
    for (const line of [...leaks, ...bugs]) console.error(line);
    const { ok } = await fetch(`${server.url}/api/v1/ready`);
    console.log(`${leaks.length} answers with a stack trace, ${bugs.length} internal errors in the server's log`);
    return code === 0 && leaks.length === 0 && bugs.length === 0 && ok;
  } finally {
    await server.close();
  }
}
