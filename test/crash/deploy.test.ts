/** A real server is killed at moments of a deploy; the next one has the old release or the new one, as a whole. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRandom } from './random.ts';
import { Sandbox, type ServerProcess } from './sandbox.ts';

const datasets = 30;
const rounds = 6;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.dispose());

/** All specs of a deploy say which one they are of. */
function deployOf(round: number) {
  const specs = Array.from({ length: datasets }, (_, index) => ({
    file_name: `d${index}.yaml`,
    spec: `name: lake.d${index}\nowner: me\nteam: t\ntags: [round-${round}]\nquery_statement: SELECT ${round}\nschedule: {cron: "0 ${round} 1 1 *"}\n`,
    files: {},
  }));
  return {
    specs,
    prune: true,
    dry_run: false,
    allow_empty: false,
    commit: { sha: `round-${round}`, ref: null, dirty: null, url: null },
  };
}

/** Which deploys the server's workflows are of, and how many there are. */
async function standingOf({
  client,
}: ServerProcess): Promise<{ readonly tags: readonly string[]; readonly count: number }> {
  // The first look may outlast the start.
  const { broken, troubles } = await client.workflow.sync();
  expect([broken, troubles]).toEqual([[], []]);
  const { items } = await client.workflow.list({ limit: 1_000 });
  const details = await Promise.all(items.map(({ dataset_name }) => client.workflow.show({ dataset: dataset_name })));
  return { tags: [...new Set(details.flatMap(({ tags }) => tags))], count: items.length };
}

it('a deploy that its server does not survive is in force as a whole or not at all', async () => {
  const random = seededRandom(20_261_126);
  let server = await sandbox.startServer();
  await server.client.workflow.deploy(deployOf(0));
  let inForce = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const deploying = server.client.workflow.deploy(deployOf(round), { context: { idempotencyKey: `k${round}` } }).then(
      ({ applied }) => applied,
      () => false,
    );
    // What the server has done by now shows in how far it has come with other requests.
    for (let asked = random.between(1, 60); asked > 0; asked -= 1)
      await server.client.system.version().catch(() => undefined);
    await server.kill();
    const isAcknowledged = await deploying;
    server = await sandbox.startServer();
    const { tags, count } = await standingOf(server);
    expect(count).toBe(datasets);
    expect(isAcknowledged ? [`round-${round}`] : [`round-${round}`, `round-${inForce}`]).toContain(tags.join());
    if (tags.join() !== `round-${round}`) continue;
    inForce = round;
    // Whoever did not get the answer gets it for the same key.
    const again = await server.client.workflow.deploy(deployOf(round), { context: { idempotencyKey: `k${round}` } });
    expect([again.applied, again.changes.length]).toEqual([true, datasets]);
  }
  // Each deploy that came into force is told once.
  const events = await server.client.events.follow({ kind: 'code.deployed', after: 0 });
  const told: string[] = [];
  for (let last = ''; last !== `round-${inForce}`; told.push(last)) {
    const { value, done } = await events.next();
    if (done || value.kind === 'reset') throw new Error('the events ended');
    last = (value.data.commit as { readonly sha: string }).sha;
  }
  await events.return();
  expect(new Set(told).size).toBe(told.length);
  await server.terminate();
});
