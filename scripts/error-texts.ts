import type { ErrorCode } from '../src/contract/errors.ts';

/** What a code means and what to do about it, for docs/errors.md. */
export interface ErrorText {
  readonly meaning: string;
  readonly action: string;
}

/** The text of every code; a code without one does not compile. */
export const errorTexts = {
  'DLI-101': {
    meaning: 'A spec file or a dataset was not found on this disk.',
    action: 'Check the path or the name; `--path DIR` says where to look.',
  },
  'DLI-400': {
    meaning: 'An option, an argument or a request has an unknown field, a wrong type or a value that is not allowed.',
    action: 'The message names the field and what is allowed; `--help` shows the options of a command.',
  },
  'DLI-401': {
    meaning: 'The server asks for a token and got none, or one that is wrong, revoked or expired.',
    action:
      'Set `DLI_API_KEY`, or `server.api_key` in `dli.yaml`; an admin makes tokens with `dli server token create` ([access](operations.md#access-tokens-roles-tls)).',
  },
  'DLI-403': {
    meaning:
      'The token’s role may not do that; or the request came from a page of another site, or asked for a host that this server is not.',
    action:
      'Use a token of the role that the message names. For a host: use the server’s own address, or list the name under `hosts`; send changes from a program or from a page of the server.',
  },
  'DLI-404': { meaning: 'The server has no such route.', action: 'Check the path; the API begins with `/api/v1`.' },
  'DLI-405': {
    meaning: 'The route exists, but not for this HTTP method.',
    action: 'The message lists the methods that are.',
  },
  'DLI-413': {
    meaning: 'The body of the request is too large.',
    action: 'Send less; the message says what is accepted.',
  },
  'DLI-429': {
    meaning: 'Ten different wrong tokens came from one address within a minute.',
    action: 'Wait as long as the message says, and check `DLI_API_KEY`.',
  },
  'DLI-430': {
    meaning: 'The server has no token of this id or name.',
    action: '`dli server token list --all` shows them.',
  },
  'DLI-500': {
    meaning:
      'A fault of dli, or its state cannot be written: the disk is full or the file is damaged. Nothing was changed.',
    action:
      'A message with an id: look it up in `basecamp.log` in the data folder. A full disk: free space. A damaged file: restore a copy.',
  },
  'DLI-501': {
    meaning:
      'No server answers at the address, or something else than a Basecamp server does; or it went away before it answered a change, which may have been done.',
    action:
      'Start one with `dli server start`, or set the address with `--server` or `DLI_SERVER_URL`. A change that may have been done: ask again with the idempotency key of the message, and it is not done twice.',
  },
  'DLI-502': {
    meaning: 'Another server holds the data folder; the message has its process id.',
    action: 'Use that server, stop it, or give another folder with `--data`.',
  },
  'DLI-503': {
    meaning: 'Another program listens on the port.',
    action: 'Give another port with `--port`; 0 takes a free one.',
  },
  'DLI-504': {
    meaning: '`basecamp.yaml`, `dli.yaml` or an environment variable is wrong; the message has file and line.',
    action: 'Correct the line; [operations.md](operations.md#configuration) lists every setting.',
  },
  'DLI-505': {
    meaning:
      'The data folder or the folder of specs cannot be made, read or written, or the state is damaged or of a newer version.',
    action:
      'Check owner and free space of the folder; restore a [backup](operations.md#backup-and-restore) if it is damaged.',
  },
  'DLI-800': {
    meaning: 'The server has no workflow of this name.',
    action: 'Register it: `dli workflow register <file>`. `dli workflow list` shows what is there.',
  },
  'DLI-801': {
    meaning:
      'The spec is right in itself, but not for this server or this dataset: another name, or a warehouse that the server does not have.',
    action: 'The message says why.',
  },
  'DLI-802': {
    meaning: 'The run, or a run of the backfill, ended without completing.',
    action: '`dli workflow logs <run_id>` shows what happened, attempt by attempt.',
  },
  'DLI-803': {
    meaning: 'The spec is managed by Code (GitOps) and cannot be changed by hand.',
    action: 'Change the YAML in Git and deploy.',
  },
  'DLI-804': {
    meaning:
      'The dataset is registered already, or its name differs from a registered one in upper and lower case only.',
    action: 'Update the registration with `--force`, or choose another name.',
  },
  'DLI-805': {
    meaning: "The schedule's cron is not one, or never fires.",
    action: 'Five fields (minute, hour, day of month, month, day of week), or `@hourly` to `@yearly`.',
  },
  'DLI-806': {
    meaning: 'The manual registration is overridden by one of Code.',
    action: 'Change the spec in Git, or take it away there; the manual one then takes over.',
  },
  'DLI-807': {
    meaning:
      'The run or backfill is not in a state that allows this (usually it has ended), or an idempotency key was used for another request.',
    action: '`dli workflow status <run_id>` shows how it stands; a new request takes a new key.',
  },
  'DLI-808': {
    meaning: 'The dataset cannot be taken off the server while it has unfinished runs.',
    action: 'Wait, stop the runs, or give `--force`.',
  },
  'DLI-809': {
    meaning: 'There is no run or backfill of this id, or a shortened id fits several.',
    action: '`dli workflow history` lists run ids; write the id in full.',
  },
  'DLI-810': {
    meaning: 'A parameter was given that the spec does not declare.',
    action: 'The message lists those that it declares.',
  },
  'DLI-811': {
    meaning: 'A required parameter is missing. A backfill needs a declared `execution_date`.',
    action: 'Give it with `-p name=value`.',
  },
  'DLI-812': {
    meaning: "A parameter's value does not fit its declared type, or all values together have more than 64 KiB.",
    action: 'The message says what the type accepts.',
  },
  'DLI-813': {
    meaning: 'The spec is wrong; every problem has file, line and column.',
    action: 'Correct the lines and look again with `dli workflow validate`.',
  },
  'DLI-814': {
    meaning: 'The range of dates is no range: start after end, more than 10,000 dates, or no date.',
    action: 'Write dates as YYYY-MM-DD, start before or at the end.',
  },
  'DLI-815': {
    meaning: 'The SQL does not parse, bind or translate, or does something that is not allowed in a run.',
    action: 'The message has line and column; `dli workflow render` shows the SQL with its values filled in.',
  },
  'DLI-816': {
    meaning:
      'The warehouse cannot be opened, for example because another program holds its file; or the process that renders SQL was ended from outside again and again.',
    action:
      'The message names the file and the program. Close it there; waiting runs go on by themselves. For want of memory the system ends processes: its log says so.',
  },
  'DLI-817': {
    meaning: 'No notification has this id, or it is no longer kept.',
    action: '`dli workflow notifications` lists them with their ids.',
  },
  'DLI-818': {
    meaning: 'The dataset has no revision that begins like this, or several have.',
    action: 'Give more of it, or the id of a run: `dli workflow show <dataset> --revision <run_id>`.',
  },
} as const satisfies Readonly<Record<ErrorCode, ErrorText>>;
