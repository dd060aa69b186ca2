import { DliError, errorCatalogue } from '../contract/errors.ts';
import { createContext } from './context.ts';
import { findCommand } from './find-command.ts';
import type { Io } from './io.ts';
import { parseArguments } from './parse-arguments.ts';
import { renderError } from './render/errors.ts';
import { createPaint } from './render/paint.ts';

const interrupted = 130;

/** What completion scripts call; help does not list it. */
const completionWord = '__complete';

/** Runs one command line and returns its exit code. Never throws: every error is printed as people read it. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === completionWord) {
    const { complete } = await import('./completion/complete.ts');
    return complete(argv.slice(1), io);
  }
  try {
    return await dispatch(argv, io);
  } catch (error) {
    // After Ctrl-C whatever was under way ends with some error of its own.
    if (io.signal.aborted && !(error instanceof DliError)) return interrupted;
    const known = error instanceof DliError ? error : internalError(error);
    io.stderr.write(renderError(known, createPaint(io), io.isTty ? io.columns : undefined));
    if (known !== error && io.env.DLI_DEBUG) io.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return errorCatalogue[known.code].exit;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const asked = findCommand(argv);
  if (asked.kind === 'help') {
    const { groupHelp } = await import('./help.ts');
    const isAnswer = asked.asked || asked.group === undefined;
    (isAnswer ? io.stdout : io.stderr).write(groupHelp(asked.group));
    return isAnswer ? 0 : errorCatalogue['DLI-400'].exit;
  }
  const { command } = await asked.entry.load();
  if (asked.help) {
    const { commandHelp } = await import('./help.ts');
    io.stdout.write(commandHelp(asked.entry, command));
    return 0;
  }
  const path = `dli ${asked.entry.path.join(' ')}`;
  const { given, common } = parseArguments(command, { path, argv: asked.rest });
  return (await command.run(given, createContext(io, common))) ?? 0;
}

function internalError(error: unknown): DliError {
  const message = error instanceof Error ? error.message : String(error);
  return new DliError('DLI-500', `Unexpected error in dli itself: ${message}`, {
    hints: ['This is a bug of dli. Run the command again with DLI_DEBUG=1 to see where, and report it.'],
    cause: error,
  });
}
