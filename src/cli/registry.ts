import type { Command } from './command.ts';

/** A command's entry: what help lists, and how to load the rest when it is used. */
export interface CommandEntry {
  readonly path: readonly [string, ...string[]];
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** What commands are for, and those commands. */
export interface Topic {
  readonly title: string;
  readonly commands: readonly CommandEntry[];
}

/** What the first words of a command mean. */
export const groups: Readonly<Record<string, string>> = {
  workflow: 'Run, backfill and look after SQL datasets on a server',
  server: 'Run a Basecamp server, and ask it how it is',
  'server token': 'Make, list and revoke the tokens with which others reach a server',
};

// One file for all commands that only ask a server, and their client: finding and reading a file more costs a start 1 ms.
const online = () => import('./online-commands.ts');

/** Every command by what it is for, in the order that help lists them. */
export const topics: readonly Topic[] = [
  {
    title: 'Begin',
    commands: [
      { path: ['init'], summary: 'Make a small project that runs as it is', load: () => import('./commands/init.ts') },
      {
        path: ['server', 'start'],
        summary: 'Run a server in this terminal until Ctrl-C',
        load: () => import('./commands/server-start.ts'),
      },
      {
        path: ['server', 'status'],
        summary: 'Tell whether the server answers, and what it holds',
        load: async () => (await online()).serverStatus,
      },
    ],
  },
  {
    title: 'Put datasets on the server',
    commands: [
      {
        path: ['workflow', 'register'],
        summary: 'Put a dataset on the server, or update it',
        load: () => import('./commands/register.ts'),
      },
      {
        path: ['workflow', 'deploy'],
        summary: 'Put all specs of a project on the server as code, or plan it',
        load: () => import('./commands/deploy.ts'),
      },
      {
        path: ['workflow', 'unregister'],
        summary: "Take a dataset's manual registration off the server; its table stays",
        load: async () => (await online()).unregister,
      },
      {
        path: ['workflow', 'list'],
        summary: 'List the workflows: the datasets on the server',
        load: async () => (await online()).list,
      },
      {
        path: ['workflow', 'show'],
        summary: 'Show everything that is known of a workflow, with its parameters and SQL',
        load: async () => (await online()).show,
      },
      {
        path: ['workflow', 'sync'],
        summary: "Take over spec files that were edited in the server's own folder",
        load: async () => (await online()).sync,
      },
    ],
  },
  {
    title: 'Run them',
    commands: [
      { path: ['workflow', 'run'], summary: 'Run a dataset once', load: async () => (await online()).run },
      {
        path: ['workflow', 'backfill'],
        summary: 'Run a dataset for each date of a range',
        load: async () => (await online()).backfill,
      },
      {
        path: ['workflow', 'stop'],
        summary: 'Stop a run or a whole backfill',
        load: async () => (await online()).stop,
      },
      {
        path: ['workflow', 'preview'],
        summary: 'Show the first rows of the table that a dataset produces',
        load: async () => (await online()).preview,
      },
    ],
  },
  {
    title: 'See what happened, and why',
    commands: [
      { path: ['workflow', 'history'], summary: 'List runs, newest first', load: async () => (await online()).history },
      { path: ['workflow', 'status'], summary: 'Show how a run stands', load: async () => (await online()).status },
      {
        path: ['workflow', 'backfill-status'],
        summary: 'Show how far a backfill is, or list the newest ones',
        load: async () => (await online()).backfillStatus,
      },
      { path: ['workflow', 'logs'], summary: "Show a run's log", load: async () => (await online()).logs },
      {
        path: ['workflow', 'explain'],
        summary: 'Say why a run or a workflow is as it is, and what helps',
        load: async () => (await online()).explain,
      },
      {
        path: ['workflow', 'notifications'],
        summary: 'List who was told what, send again what was given up, try the targets',
        load: async () => (await online()).notifications,
      },
    ],
  },
  {
    title: 'Schedules',
    commands: [
      {
        path: ['workflow', 'pause'],
        summary: 'Hold the schedule of a workflow until unpause',
        load: async () => (await online()).pause,
      },
      {
        path: ['workflow', 'unpause'],
        summary: 'Let the schedule of a paused workflow go on',
        load: async () => (await online()).unpause,
      },
      {
        path: ['workflow', 'ticks'],
        summary: 'List the ticks of a workflow: past ones with their outcome, and the next ones',
        load: async () => (await online()).ticks,
      },
      {
        path: ['workflow', 'simulate'],
        summary: 'Show the ticks of a schedule, past or future; needs no server',
        load: () => import('./commands/simulate.ts'),
      },
    ],
  },
  {
    title: 'Write specs; these need no server',
    commands: [
      {
        path: ['workflow', 'validate'],
        summary: 'Check specs and their SQL',
        load: () => import('./commands/validate.ts'),
      },
      {
        path: ['workflow', 'render'],
        summary: "Print a dataset's SQL with its values filled in",
        load: () => import('./commands/render.ts'),
      },
      {
        path: ['workflow', 'schema'],
        summary: 'Print the JSON Schema of a spec, for editors',
        load: () => import('./commands/schema.ts'),
      },
    ],
  },
  {
    title: 'Let others in',
    commands: [
      {
        path: ['server', 'token', 'create'],
        summary: 'Make a token, with which others reach the server',
        load: () => import('./commands/token-create.ts'),
      },
      {
        path: ['server', 'token', 'list'],
        summary: 'List the tokens, without their secrets',
        load: () => import('./commands/token-list.ts'),
      },
      {
        path: ['server', 'token', 'revoke'],
        summary: 'Revoke a token at once',
        load: () => import('./commands/token-revoke.ts'),
      },
    ],
  },
  {
    title: 'Everything else',
    commands: [
      {
        path: ['completion'],
        summary: 'Print what makes a shell complete dli on Tab',
        load: () => import('./commands/completion.ts'),
      },
      { path: ['version'], summary: 'Print the version of dli', load: () => import('./commands/version.ts') },
    ],
  },
];

/** Every command. */
export const registry: readonly CommandEntry[] = topics.flatMap(({ commands }) => commands);

/** What may follow the first words of a command: groups, then commands. */
export function wordsAfter(before: readonly string[]): readonly { readonly text: string; readonly summary: string }[] {
  const next = (path: readonly string[]) =>
    path.length === before.length + 1 && before.every((word, index) => path[index] === word) ? path.at(-1) : undefined;
  const named = [...Object.entries(groups).map(([name, summary]) => ({ path: name.split(' '), summary })), ...registry];
  return named.flatMap(({ path, summary }) => {
    const text = next(path);
    return text === undefined ? [] : [{ text, summary }];
  });
}
