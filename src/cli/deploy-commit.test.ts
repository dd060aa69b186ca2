import { describe, expect, it } from 'vitest';
import { findCommit, type RunGit } from './deploy-commit.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';
const other = 'f'.repeat(40);

/** A Git that answers by its first words; undefined is a Git that is missing or fails. */
function git(answers: Readonly<Record<string, string>> = {}): RunGit {
  return (args) => Object.entries(answers).find(([words]) => args.join(' ').startsWith(words))?.[1];
}

const clean = { 'rev-parse --verify': sha, 'rev-parse --abbrev-ref': 'main', status: '' };
const nothing = { ref: null, dirty: null, url: null };

describe('the commit that is deployed', () => {
  it.each<[string, Readonly<Record<string, string>>, object]>([
    [
      'GitHub',
      {
        GITHUB_SHA: sha,
        GITHUB_REF_NAME: 'main',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_RUN_ID: '7',
      },
      { ref: 'main', dirty: null, url: 'https://github.com/o/r/actions/runs/7' },
    ],
    ['GitHub, with less', { GITHUB_SHA: sha }, nothing],
    [
      'GitLab',
      { CI_COMMIT_SHA: sha, CI_COMMIT_REF_NAME: 'v1', CI_JOB_URL: 'https://gitlab.com/j/1' },
      { ref: 'v1', dirty: null, url: 'https://gitlab.com/j/1' },
    ],
    ['Bitbucket', { BITBUCKET_COMMIT: sha, BITBUCKET_TAG: 'v2' }, { ...nothing, ref: 'v2' }],
    [
      'CircleCI',
      { CIRCLE_SHA1: sha, CIRCLE_BRANCH: 'dev', CIRCLE_BUILD_URL: 'https://circleci.com/b' },
      { ref: 'dev', dirty: null, url: 'https://circleci.com/b' },
    ],
    [
      'Buildkite',
      { BUILDKITE_COMMIT: sha, BUILDKITE_BRANCH: 'dev', BUILDKITE_BUILD_URL: 'https://bk/b' },
      { ref: 'dev', dirty: null, url: 'https://bk/b' },
    ],
    [
      'Azure',
      {
        BUILD_SOURCEVERSION: sha,
        BUILD_SOURCEBRANCHNAME: 'dev',
        SYSTEM_COLLECTIONURI: 'https://dev.azure.com/o/',
        SYSTEM_TEAMPROJECT: 'p',
        BUILD_BUILDID: '9',
      },
      { ref: 'dev', dirty: null, url: 'https://dev.azure.com/o/p/_build/results?buildId=9' },
    ],
    [
      'Jenkins',
      { GIT_COMMIT: sha, GIT_BRANCH: 'origin/main', BUILD_URL: 'javascript:alert(1)' },
      { ...nothing, ref: 'origin/main' },
    ],
  ])('is what the variables of %s say', (_, env, found) => {
    expect(findCommit({ given: undefined, env, git: git(clean) })).toEqual({ sha, ...found });
  });

  it('is what Git says where there is no CI, with what was changed since', () => {
    const ask = (answers: Readonly<Record<string, string>>) =>
      findCommit({ given: undefined, env: {}, git: git(answers) });
    expect(ask(clean)).toEqual({ sha, ref: 'main', dirty: false, url: null });
    expect(ask({ ...clean, status: ' M a.sql', 'rev-parse --abbrev-ref': 'HEAD' })).toEqual({
      sha,
      ref: null,
      dirty: true,
      url: null,
    });
    expect(ask({ 'rev-parse --verify': sha })).toEqual({ sha, ...nothing });
  });

  it('is not known without Git, without a commit, or where a CI names none', () => {
    expect(findCommit({ given: undefined, env: {}, git: git() })).toBeNull();
    expect(findCommit({ given: undefined, env: { BUILDKITE_COMMIT: 'HEAD' }, git: git() })).toBeNull();
    expect(
      findCommit({ given: undefined, env: { GITHUB_SHA: '' }, git: git({ 'rev-parse --verify': 'fatal' }) }),
    ).toBeNull();
  });

  it.each(['', ' '])('is looked for when %j is given: a variable of the CI that is not set', (given) => {
    expect(findCommit({ given, env: {}, git: git(clean) })).toEqual({ sha, ref: 'main', dirty: false, url: null });
  });

  it('is the one that is given, with what is known of just that', () => {
    expect(findCommit({ given: other, env: {}, git: git(clean) })).toEqual({ sha: other, ...nothing });
    expect(findCommit({ given: sha, env: {}, git: git(clean) })).toEqual({ sha, ref: 'main', dirty: false, url: null });
  });
});
