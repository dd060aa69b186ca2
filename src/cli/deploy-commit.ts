import type { DeployCommit } from '../contract/deploys.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs Git and returns what it prints, without space around it; undefined when there is no Git, or it fails. */
export type RunGit = (args: readonly string[]) => string | undefined;

/** Which variables a CI has. `url` writes where its job can be read about. */
interface CiVariables {
  readonly sha: string;
  readonly refs: readonly string[];
  readonly url: (env: Environment) => string | undefined;
}

/** The usual CIs, each with the variables that its manual names. */
const cis: readonly CiVariables[] = [
  {
    sha: 'GITHUB_SHA',
    refs: ['GITHUB_REF_NAME'],
    url: (env) => joined(env, ['GITHUB_SERVER_URL', '/', 'GITHUB_REPOSITORY', '/actions/runs/', 'GITHUB_RUN_ID']),
  },
  { sha: 'CI_COMMIT_SHA', refs: ['CI_COMMIT_REF_NAME'], url: (env) => env.CI_JOB_URL },
  { sha: 'BITBUCKET_COMMIT', refs: ['BITBUCKET_BRANCH', 'BITBUCKET_TAG'], url: () => undefined },
  { sha: 'CIRCLE_SHA1', refs: ['CIRCLE_BRANCH', 'CIRCLE_TAG'], url: (env) => env.CIRCLE_BUILD_URL },
  { sha: 'BUILDKITE_COMMIT', refs: ['BUILDKITE_BRANCH', 'BUILDKITE_TAG'], url: (env) => env.BUILDKITE_BUILD_URL },
  {
    sha: 'BUILD_SOURCEVERSION',
    refs: ['BUILD_SOURCEBRANCHNAME'],
    url: (env) =>
      joined(env, ['SYSTEM_COLLECTIONURI', 'SYSTEM_TEAMPROJECT', '/_build/results?buildId=', 'BUILD_BUILDID']),
  },
  { sha: 'GIT_COMMIT', refs: ['GIT_BRANCH'], url: (env) => env.BUILD_URL },
];

/**
 * Finds the commit that specs are of: the one that was given, else what the CI's variables say, else what Git says of the
 * folder; null when nobody knows.
 */
export function findCommit({
  given,
  env,
  git,
}: {
  readonly given: string | undefined;
  readonly env: Environment;
  readonly git: RunGit;
}): DeployCommit | null {
  const found = fromCi(env) ?? fromGit(git);
  // An empty one is a variable of the CI that is not set.
  if (given === undefined || given.trim() === '') return found;
  // What else is known belongs to the commit that was found.
  return found?.sha === given ? found : { sha: given, ref: null, dirty: null, url: null };
}

function fromCi(env: Environment): DeployCommit | null {
  for (const { sha: name, refs, url } of cis) {
    const sha = env[name];
    // Buildkite may say HEAD, which names no commit.
    if (sha === undefined || !/^[0-9a-f]{7,64}$/i.test(sha)) continue;
    const ref = refs.map((variable) => env[variable]).find((value) => value !== undefined && value !== '');
    return { sha, ref: ref?.slice(0, 300) ?? null, dirty: null, url: webAddress(url(env)) };
  }
  return null;
}

function fromGit(git: RunGit): DeployCommit | null {
  const sha = git(['rev-parse', '--verify', 'HEAD']);
  if (sha === undefined || !/^[0-9a-f]{7,64}$/.test(sha)) return null;
  const ref = git(['rev-parse', '--abbrev-ref', 'HEAD']);
  const changes = git(['status', '--porcelain', '--', '.']);
  return {
    sha,
    // Git says HEAD where no branch is checked out.
    ref: ref === undefined || ref === 'HEAD' ? null : ref.slice(0, 300),
    dirty: changes === undefined ? null : changes !== '',
    url: null,
  };
}

function joined(env: Environment, parts: readonly string[]): string | undefined {
  const texts = parts.map((part) => (/^[A-Z_]+$/.test(part) ? env[part] : part));
  return texts.some((text) => text === undefined || text === '') ? undefined : texts.join('');
}

function webAddress(text: string | undefined): string | null {
  return text !== undefined && text.length <= 1_000 && /^https?:/.test(text) ? text : null;
}
