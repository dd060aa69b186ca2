import { DliError } from '../contract/errors.ts';
import type { OnlyDates } from '../core/backfill.ts';
import { readParams } from './params.ts';
import { refuseRunId } from './run-or-backfill.ts';

/** The values of `dli workflow backfill` that say which dates run and how. */
interface BackfillValues {
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly param: readonly string[];
  readonly parallel: number | undefined;
  readonly reverse: boolean;
  readonly 'continue-on-failure': boolean;
  readonly only: OnlyDates | undefined;
  readonly ticks: boolean;
  readonly resume: string | undefined;
  readonly 'dry-run': boolean;
}

/** A new backfill, as the API asks for it but for its dataset. */
export interface BackfillWords {
  readonly kind: 'start';
  readonly start_date: string;
  readonly end_date: string;
  readonly params: ReturnType<typeof readParams>;
  readonly parallel: number | undefined;
  readonly reverse: boolean;
  readonly continue_on_failure: boolean;
  readonly only: OnlyDates | undefined;
  readonly ticks: boolean;
  readonly dry_run: boolean;
}

const help = 'More: dli workflow backfill --help';

/**
 * Reads what is asked for: a new backfill, or going on with one.
 *
 * @throws DLI-400 when dates are missing, or anything is given besides `--resume`; DLI-809 when it is given a run's id
 */
export function readBackfillRequest(
  values: BackfillValues,
): BackfillWords | { readonly kind: 'resume'; readonly backfillId: string } {
  const { start, end, resume } = values;
  if (resume !== undefined) {
    refuseBesidesResume(values);
    refuseRunId(resume);
    return { kind: 'resume', backfillId: resume };
  }
  if (start === undefined || end === undefined) {
    const missing = start === undefined ? 'start' : 'end';
    throw new DliError('DLI-400', `Missing option --${missing} <YYYY-MM-DD>`, {
      hints: ['Only with --resume <BACKFILL_ID> no dates are needed', help],
    });
  }
  return {
    kind: 'start',
    start_date: start,
    end_date: end,
    params: readParams(values.param),
    parallel: values.parallel,
    reverse: values.reverse,
    continue_on_failure: values['continue-on-failure'],
    only: values.only,
    ticks: values.ticks,
    dry_run: values['dry-run'],
  };
}

function refuseBesidesResume({ resume: _, ...others }: BackfillValues): void {
  const given: Readonly<Record<string, unknown>> = others;
  const isGiven = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  const names = Object.keys(others).filter((name) => name in optionNames && isGiven(given[name]));
  const [first] = names;
  if (first === undefined) return;
  throw new DliError('DLI-400', `--${first} cannot be given with --resume`, {
    hints: ['A resumed backfill keeps its dates, parameters and options; for others start a new backfill', help],
  });
}

/** What a resumed backfill has already. The command has other values too, which may be given. */
const optionNames = {
  start: true,
  end: true,
  param: true,
  parallel: true,
  reverse: true,
  'continue-on-failure': true,
  only: true,
  ticks: true,
  'dry-run': true,
} satisfies Record<keyof Omit<BackfillValues, 'resume'>, true>;
