// Written by `npm run api` from src/entries. A change here is a change for everybody who uses the package.

/** A value of JSON. */
export type JSONType = string | number | boolean | null | JSONType[] | { [key: string]: JSONType };

/** What a call takes besides its input. */
export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  readonly context?: CallContext | undefined;
  /** Where a stream goes on: the id of the last event that came. */
  readonly lastEventId?: string | undefined;
}

/** A token as it is listed: never the secret. */
export type AccessToken = {
  token_id: string;

  name: string;

  role: Role;

  status: 'active' | 'expired' | 'revoked';

  created_at: string;

  created_by: string;

  expires_at: string | null;

  revoked_at: string | null;

  revoked_by: string | null;
};

/** An ordered range of execution dates, one run each. */
export type Backfill = {
  /** Readable id */
  backfill_id: string;
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Calendar date, YYYY-MM-DD */
  start_date: string;
  /** Calendar date, YYYY-MM-DD */
  end_date: string;
  /** State of a run, or of a backfill */
  status: RunStatus;
  /** Dates in all */
  total_runs: number;
  /** Dates by state */
  counts: { PENDING: number; RUNNING: number; COMPLETED: number; FAILED: number; KILLED: number };
  /** Dates that may be at work at once */
  parallel: number;
  /** From the last date to the first */
  reverse: boolean;
  /** A date that does not complete does not end it */
  continue_on_failure: boolean;
  /** missing: dates without any success; failed: dates whose last started run did not complete */
  only: 'failed' | 'missing' | null;
  /** One run for each tick of the schedule instead of one for each date */
  ticks: boolean;
  /** Parameter values that its dates share */
  params: { [x: string]: JSONType };
  /** Content digest of the spec that its runs have */
  revision: string;
  /** RFC 3339 instant, UTC */
  created_at: string;
  /** When it was last resumed */
  resumed_at: string | null;
  /** RFC 3339 instant, UTC */
  finished_at: string | null;
  /** Who asked for it */
  requested_by: string;
  /** Why it ended or is being stopped, where somebody or something said so */
  reason: string | null;
  /** RFC 3339 instant, UTC */
  stop_requested_at: string | null;
  /** The date at work; the first one where there are several */
  current_date: string | null;
  /** The dates at work, in its order */
  current_dates: string[];
  /** The run that starts next */
  next_run_id: string | null;
  /** The first run that failed */
  failed_run_id: string | null;
  /** The first date that did not complete, once the backfill has ended */
  resume_date: string | null;
  /** The completed date that took longest */
  slowest: { execution_date: string; duration_seconds: number } | null;
  /** The first dates that failed, at most 5; counts.FAILED tells how many there are */
  failures: { execution_date: string; run_id: string }[];
};

/** What a backfill would do; nothing was stored. */
export type BackfillPlan = {
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Calendar date, YYYY-MM-DD */
  start_date: string;
  /** Calendar date, YYYY-MM-DD */
  end_date: string;
  /** Dates that would run */
  total_runs: number;
  /** Dates that may be at work at once */
  parallel: number;
  /** From the last date to the first */
  reverse: boolean;
  /** A date that does not complete does not end it */
  continue_on_failure: boolean;
  /** missing: dates without any success; failed: dates whose last started run did not complete */
  only: 'failed' | 'missing' | null;
  /** One run for each tick of the schedule instead of one for each date */
  ticks: boolean;
  /** How long it may take; null without a past run */
  estimate: { total_seconds: number; seconds_per_date: number; at_once: number; based_on_runs: number } | null;
  /** Content digest of the spec that would run */
  revision: string;
  /** In the order in which they would start, with what would happen to each */
  dates: {
    execution_date: string;
    scheduled_at: string | null;
    action: 'run' | 'skip';
    reason: string;
    last_success_at: string | null;
    last_status: RunStatus | null;
  }[];
};

/**
 * The typed client of a Basecamp server: one method per operation, grouped by noun. Every method takes an
 * `AbortSignal` as `{ signal }` and throws a {@link DliError} with the server's code, or `DLI-501` when it cannot be reached.
 */
export declare class BasecampClient {
  readonly url: string;
  /** Every operation of the API as it is, one request each: also the streams, which here end when their connection does. */
  readonly calls: {
    workflow: {
      /**
       * Run a dataset. Stores one adhoc run, or with dry_run tells what it would do without storing anything. (`POST /api/v1/workflows/{dataset}/run`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-806, DLI-810, DLI-811, DLI-812, DLI-815, DLI-816
       */
      run(
        input: { dataset: string; params?: Record<string, JSONType> | undefined; dry_run?: boolean | undefined },
        options?: CallOptions,
      ): Promise<DryRun | WorkflowRun>;
      /**
       * Backfill a range of dates. One run per date from start_date to end_date, both included. Without options: in order, one at a time, and it stops at the first failure. (`POST /api/v1/workflows/{dataset}/backfill`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-806, DLI-810, DLI-811, DLI-812, DLI-814
       */
      backfill(
        input: {
          dataset: string;
          start_date: string;
          end_date: string;
          params?: Record<string, JSONType> | undefined;
          parallel?: number | undefined;
          reverse?: boolean | undefined;
          continue_on_failure?: boolean | undefined;
          only?: 'failed' | 'missing' | undefined;
          ticks?: boolean | undefined;
          dry_run?: boolean | undefined;
        },
        options?: CallOptions,
      ): Promise<BackfillPlan | StartedBackfill>;
      /**
       * Stop a run. A waiting run becomes KILLED at once, unless only the ledger knows whether it is published: then that is asked first. A running one is cancelled in the warehouse; the answer comes when the query is gone, or after a grace period with stop_requested_at set and the status still RUNNING. A repeat with the same Idempotency-Key waits for the end, too. (`POST /api/v1/workflows/runs/{run_id}/stop`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-807, DLI-809
       */
      stop(input: { run_id: string; reason?: string | undefined }, options?: CallOptions): Promise<WorkflowRun>;
      /**
       * Read a run. (`GET /api/v1/workflows/runs/{run_id}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
       */
      status(input: { run_id: string }, options?: CallOptions): Promise<WorkflowRun>;
      /**
       * Read a run's log. (`GET /api/v1/workflows/runs/{run_id}/logs`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
       */
      logs(
        input: {
          run_id: string;
          attempt?: number | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: LogLine[]; next_cursor: string | null }>;
      /**
       * Follow a run's log until the run has ended (server-sent events). Every line from the first on, or after the one whose id is given as after or in the header Last-Event-ID; a line's SSE id is its place. When the run has ended and every line was sent, done carries the run; a stream that ends without it was cut off. (`GET /api/v1/workflows/runs/{run_id}/logs/follow`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
       */
      followLog(
        input: { run_id: string; attempt?: number | undefined; after?: number | undefined },
        options?: CallOptions,
      ): Promise<AsyncIteratorObject<LogLine, WorkflowRun | undefined, void>>;
      /**
       * List runs, newest first. (`GET /api/v1/workflows/history`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      history(
        input: {
          dataset_name?: string | undefined;
          source_type?: SourceType | undefined;
          status?: RunStatus | undefined;
          run_type?: RunType | undefined;
          start_date?: string | undefined;
          end_date?: string | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: WorkflowRun[]; next_cursor: string | null }>;
      /**
       * List workflows, a row per registration. (`GET /api/v1/workflows`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      list(
        input: {
          source_type?: SourceType | undefined;
          status?: WorkflowStatus | undefined;
          dataset?: string | undefined;
          prefix?: string | undefined;
          running?: '0' | '1' | 'false' | 'true' | boolean | undefined;
          enabled_only?: '0' | '1' | 'false' | 'true' | boolean | undefined;
          owner?: string | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: WorkflowInfo[]; next_cursor: string | null }>;
      /**
       * Read a workflow. (`GET /api/v1/workflows/{dataset}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800
       */
      show(input: { dataset: string }, options?: CallOptions): Promise<WorkflowDetail>;
      /**
       * Read the exact spec and SQL of a present or past revision. (`GET /api/v1/workflows/{dataset}/revisions/{revision}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809, DLI-818
       */
      revision(
        input: { dataset: string; revision: string },
        options?: CallOptions,
      ): Promise<{
        dataset_name: string;
        revision: string;
        spec: string | null;
        statements: { label: string; phase: 'after_commit' | 'transaction'; sql: string }[];
        stored_at: string;
        effective: boolean;
        sources: SourceType[];
      }>;
      /**
       * List a schedule's ticks, past ones with their outcome and future ones. In order of time. Without from it begins with the ten newest that have an outcome. (`GET /api/v1/workflows/{dataset}/ticks`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-814
       */
      ticks(
        input: {
          dataset: string;
          from?: string | undefined;
          to?: string | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: WorkflowTick[]; next_cursor: string | null }>;
      /**
       * Why a workflow runs, waits or does not. (`GET /api/v1/workflows/{dataset}/explain`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800
       */
      explain(input: { dataset: string }, options?: CallOptions): Promise<Explanation>;
      /**
       * Why a run waits, failed or ended. (`GET /api/v1/workflows/runs/{run_id}/explain`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
       */
      explainRun(input: { run_id: string }, options?: CallOptions): Promise<Explanation>;
      /**
       * Pause a workflow. No scheduled run starts while it is paused; running ones finish, and on-demand runs and backfills still work. Nothing but unpause ends it. (`POST /api/v1/workflows/{dataset}/pause`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-807
       */
      pause(input: { dataset: string; reason?: string | undefined }, options?: CallOptions): Promise<WorkflowInfo>;
      /**
       * Unpause a workflow. It waits for its next tick; catchup asks for ticks of the pause, at most 1,000 of them, the oldest first. (`POST /api/v1/workflows/{dataset}/unpause`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-807
       */
      unpause(
        input: { dataset: string; catchup?: 'all' | 'latest' | undefined },
        options?: CallOptions,
      ): Promise<UnpausedWorkflow>;
      /**
       * Look at the spec store now. (`POST /api/v1/workflows/sync`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      sync(input?: { accept_deletions?: boolean | undefined } | undefined, options?: CallOptions): Promise<SyncResult>;
      /**
       * First rows of the dataset's table. (`GET /api/v1/workflows/{dataset}/preview`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-815, DLI-816
       */
      preview(input: { dataset: string; limit?: number | undefined }, options?: CallOptions): Promise<WorkflowPreview>;
      /**
       * Register a dataset. (`POST /api/v1/workflows/register`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-801, DLI-803, DLI-804, DLI-805, DLI-806, DLI-813, DLI-815, DLI-816
       */
      register(
        input: {
          spec: string;
          file_name?: string | undefined;
          files?: Record<string, string> | undefined;
          schedule?:
            | {
                cron?: string | undefined;
                timezone?: string | undefined;
                enabled?: boolean | undefined;
                retry_attempts?: number | undefined;
                retry_delay_seconds?: number | undefined;
              }
            | undefined;
        },
        options?: CallOptions,
      ): Promise<RegisteredWorkflow>;
      /**
       * Update a manual registration. (`PUT /api/v1/workflows/{dataset}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-801, DLI-803, DLI-805, DLI-806, DLI-813, DLI-815, DLI-816
       */
      update(
        input: {
          spec: string;
          file_name?: string | undefined;
          files?: Record<string, string> | undefined;
          schedule?:
            | {
                cron?: string | undefined;
                timezone?: string | undefined;
                enabled?: boolean | undefined;
                retry_attempts?: number | undefined;
                retry_delay_seconds?: number | undefined;
              }
            | undefined;
          dataset: string;
        },
        options?: CallOptions,
      ): Promise<RegisteredWorkflow>;
      /**
       * Remove a manual registration. Refused while runs are unfinished, unless force is given: then they are stopped. The table stays. (`DELETE /api/v1/workflows/{dataset}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-803, DLI-808
       */
      unregister(
        input: {
          params: { dataset: string };
          query?: { force?: '0' | '1' | 'false' | 'true' | boolean | undefined } | undefined;
        },
        options?: CallOptions,
      ): Promise<{ dataset_name: string; stopped_runs: string[] }>;
      /**
       * Deploy the specs of a project as code, or tell what that would change. All specs are checked before anything is changed, and all of them come into force together. Datasets that are not named stay, unless prune is given. (`POST /api/v1/workflows/deploy`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-801, DLI-804, DLI-805, DLI-807, DLI-813, DLI-815, DLI-816
       */
      deploy(
        input: {
          specs: { file_name: string; spec: string; files?: Record<string, string> | undefined }[];
          prune?: boolean | undefined;
          dry_run?: boolean | undefined;
          allow_empty?: boolean | undefined;
          commit?:
            | {
                sha: string;
                ref?: string | null | undefined;
                dirty?: boolean | null | undefined;
                url?: string | null | undefined;
              }
            | null
            | undefined;
        },
        options?: CallOptions,
      ): Promise<WorkflowDeploy>;
    };
    backfill: {
      /**
       * Read a backfill. (`GET /api/v1/backfills/{backfill_id}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
       */
      status(input: { backfill_id: string }, options?: CallOptions): Promise<Backfill>;
      /**
       * List backfills, newest first. (`GET /api/v1/backfills`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      list(
        input: {
          dataset_name?: string | undefined;
          status?: RunStatus | undefined;
          start_date?: string | undefined;
          end_date?: string | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: Backfill[]; next_cursor: string | null }>;
      /**
       * Stop a backfill. Dates that have not started become KILLED at once; the one at work is cancelled in the warehouse. (`POST /api/v1/backfills/{backfill_id}/stop`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-807, DLI-809
       */
      stop(input: { backfill_id: string; reason?: string | undefined }, options?: CallOptions): Promise<Backfill>;
      /**
       * Resume a backfill that did not complete. Its dates that did not complete get new runs, in its order, with its parameters and options and the present revision of the spec. Runs that have ended stay as they are. (`POST /api/v1/backfills/{backfill_id}/resume`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-806, DLI-807, DLI-809, DLI-810, DLI-811, DLI-812
       */
      resume(
        input: { backfill_id: string; dataset_name?: string | undefined },
        options?: CallOptions,
      ): Promise<{
        backfill_id: string;
        dataset_name: string;
        start_date: string;
        end_date: string;
        status: RunStatus;
        total_runs: number;
        counts: { PENDING: number; RUNNING: number; COMPLETED: number; FAILED: number; KILLED: number };
        parallel: number;
        reverse: boolean;
        continue_on_failure: boolean;
        only: 'failed' | 'missing' | null;
        ticks: boolean;
        params: Record<string, JSONType>;
        revision: string;
        created_at: string;
        resumed_at: string | null;
        finished_at: string | null;
        requested_by: string;
        reason: string | null;
        stop_requested_at: string | null;
        current_date: string | null;
        current_dates: string[];
        next_run_id: string | null;
        failed_run_id: string | null;
        resume_date: string | null;
        slowest: { execution_date: string; duration_seconds: number } | null;
        failures: { execution_date: string; run_id: string }[];
        resumed_runs: number;
        previous_revision: string;
        estimate: { total_seconds: number; seconds_per_date: number; at_once: number; based_on_runs: number } | null;
      }>;
    };
    notification: {
      /**
       * List notifications, newest first. (`GET /api/v1/notifications`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      list(
        input: {
          dataset_name?: string | undefined;
          status?: NotificationStatus | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: WorkflowNotification[]; next_cursor: string | null }>;
      /**
       * Try a notification again that was given up. It keeps its id. (`POST /api/v1/notifications/{id}/resend`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-807, DLI-817
       */
      resend(input: { id: string }, options?: CallOptions): Promise<WorkflowNotification>;
      /**
       * Try all notifications again that were given up. (`POST /api/v1/notifications/resend`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      resendAll(
        input?: { dataset_name?: string | undefined } | undefined,
        options?: CallOptions,
      ): Promise<{ resent: number }>;
      /**
       * Send a test message to every target of a workflow. The answer waits some seconds for the deliveries and tells how far they are. (`POST /api/v1/workflows/{dataset}/notifications/test`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-807
       */
      test(input: { dataset: string }, options?: CallOptions): Promise<{ items: WorkflowNotification[] }>;
    };
    events: {
      /**
       * Follow changes as they are committed (server-sent events). Without after and the header Last-Event-ID it begins with the next change; the header of that name in the answer says where. After a place whose events are no longer kept comes one reset, then the oldest event that is. A comment every few seconds shows that the connection lives; its id is the place reached. (`GET /api/v1/events`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      follow(
        input: {
          run_id?: string | undefined;
          backfill_id?: string | undefined;
          dataset_name?: string | undefined;
          kind?: EventKind | EventKind[] | undefined;
          after?: number | undefined;
        },
        options?: CallOptions,
      ): Promise<AsyncIteratorObject<BasecampEvent | StreamReset, unknown, void>>;
    };
    token: {
      /**
       * Make a token. The first one has to be an admin’s, and from then on every request needs one. A repeat with the same idempotency key gives the same token a new secret. (`POST /api/v1/tokens`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-804, DLI-807
       */
      create(
        input: { name?: string | undefined; role: Role; expires_at?: string | null | undefined },
        options?: CallOptions,
      ): Promise<CreatedToken>;
      /**
       * List tokens, newest first. (`GET /api/v1/tokens`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      list(
        input: {
          all?: '0' | '1' | 'false' | 'true' | boolean | undefined;
          limit?: number | undefined;
          cursor?: string | undefined;
        },
        options?: CallOptions,
      ): Promise<{ items: AccessToken[]; next_cursor: string | null }>;
      /**
       * Revoke a token. It is refused from then on, and streams that it opened end within seconds. (`DELETE /api/v1/tokens/{token_id}`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-430, DLI-500, DLI-807
       */
      revoke(input: { token_id: string }, options?: CallOptions): Promise<AccessToken>;
    };
    system: {
      /**
       * Version of the server. (`GET /api/v1/version`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      version(input?: unknown, options?: CallOptions): Promise<{ version: string; api_version: 'v1' }>;
      /**
       * The server is up; what it holds. (`GET /api/v1/health`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
       */
      health(input?: unknown, options?: CallOptions): Promise<ServerStatus>;
      /**
       * The server accepts work. (`GET /api/v1/ready`)
       *
       * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-816
       */
      ready(input?: unknown, options?: CallOptions): Promise<{ ready: true }>;
    };
  };
  /** Datasets and their runs. */
  readonly workflow: {
    /**
     * Run a dataset. Stores one adhoc run, or with dry_run tells what it would do without storing anything. (`POST /api/v1/workflows/{dataset}/run`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-806, DLI-810, DLI-811, DLI-812, DLI-815, DLI-816
     */
    run(
      input: { dataset: string; params?: Record<string, JSONType> | undefined; dry_run?: boolean | undefined },
      options?: CallOptions,
    ): Promise<DryRun | WorkflowRun>;
    /**
     * Backfill a range of dates. One run per date from start_date to end_date, both included. Without options: in order, one at a time, and it stops at the first failure. (`POST /api/v1/workflows/{dataset}/backfill`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-806, DLI-810, DLI-811, DLI-812, DLI-814
     */
    backfill(
      input: {
        dataset: string;
        start_date: string;
        end_date: string;
        params?: Record<string, JSONType> | undefined;
        parallel?: number | undefined;
        reverse?: boolean | undefined;
        continue_on_failure?: boolean | undefined;
        only?: 'failed' | 'missing' | undefined;
        ticks?: boolean | undefined;
        dry_run?: boolean | undefined;
      },
      options?: CallOptions,
    ): Promise<BackfillPlan | StartedBackfill>;
    /**
     * Stop a run. A waiting run becomes KILLED at once, unless only the ledger knows whether it is published: then that is asked first. A running one is cancelled in the warehouse; the answer comes when the query is gone, or after a grace period with stop_requested_at set and the status still RUNNING. A repeat with the same Idempotency-Key waits for the end, too. (`POST /api/v1/workflows/runs/{run_id}/stop`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-807, DLI-809
     */
    stop(input: { run_id: string; reason?: string | undefined }, options?: CallOptions): Promise<WorkflowRun>;
    /**
     * Read a run. (`GET /api/v1/workflows/runs/{run_id}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
     */
    status(input: { run_id: string }, options?: CallOptions): Promise<WorkflowRun>;
    /**
     * Read a run's log. (`GET /api/v1/workflows/runs/{run_id}/logs`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
     */
    logs(
      input: { run_id: string; attempt?: number | undefined; limit?: number | undefined; cursor?: string | undefined },
      options?: CallOptions,
    ): Promise<{ items: LogLine[]; next_cursor: string | null }>;
    /**
     * Follow a run's log until the run has ended (server-sent events). Every line from the first on, or after the one whose id is given as after or in the header Last-Event-ID; a line's SSE id is its place. When the run has ended and every line was sent, done carries the run; a stream that ends without it was cut off. (`GET /api/v1/workflows/runs/{run_id}/logs/follow`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
     */
    followLog(
      input: { run_id: string; attempt?: number | undefined; after?: number | undefined },
      options?: CallOptions,
    ): Promise<AsyncIteratorObject<LogLine, WorkflowRun | undefined, void>>;
    /**
     * List runs, newest first. (`GET /api/v1/workflows/history`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    history(
      input: {
        dataset_name?: string | undefined;
        source_type?: SourceType | undefined;
        status?: RunStatus | undefined;
        run_type?: RunType | undefined;
        start_date?: string | undefined;
        end_date?: string | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
      options?: CallOptions,
    ): Promise<{ items: WorkflowRun[]; next_cursor: string | null }>;
    /**
     * List workflows, a row per registration. (`GET /api/v1/workflows`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    list(
      input: {
        source_type?: SourceType | undefined;
        status?: WorkflowStatus | undefined;
        dataset?: string | undefined;
        prefix?: string | undefined;
        running?: '0' | '1' | 'false' | 'true' | boolean | undefined;
        enabled_only?: '0' | '1' | 'false' | 'true' | boolean | undefined;
        owner?: string | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
      options?: CallOptions,
    ): Promise<{ items: WorkflowInfo[]; next_cursor: string | null }>;
    /**
     * Read a workflow. (`GET /api/v1/workflows/{dataset}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800
     */
    show(input: { dataset: string }, options?: CallOptions): Promise<WorkflowDetail>;
    /**
     * Read the exact spec and SQL of a present or past revision. (`GET /api/v1/workflows/{dataset}/revisions/{revision}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809, DLI-818
     */
    revision(
      input: { dataset: string; revision: string },
      options?: CallOptions,
    ): Promise<{
      dataset_name: string;
      revision: string;
      spec: string | null;
      statements: { label: string; phase: 'after_commit' | 'transaction'; sql: string }[];
      stored_at: string;
      effective: boolean;
      sources: SourceType[];
    }>;
    /**
     * List a schedule's ticks, past ones with their outcome and future ones. In order of time. Without from it begins with the ten newest that have an outcome. (`GET /api/v1/workflows/{dataset}/ticks`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-814
     */
    ticks(
      input: {
        dataset: string;
        from?: string | undefined;
        to?: string | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
      options?: CallOptions,
    ): Promise<{ items: WorkflowTick[]; next_cursor: string | null }>;
    /**
     * Why a workflow runs, waits or does not. (`GET /api/v1/workflows/{dataset}/explain`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800
     */
    explain(input: { dataset: string }, options?: CallOptions): Promise<Explanation>;
    /**
     * Why a run waits, failed or ended. (`GET /api/v1/workflows/runs/{run_id}/explain`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
     */
    explainRun(input: { run_id: string }, options?: CallOptions): Promise<Explanation>;
    /**
     * Pause a workflow. No scheduled run starts while it is paused; running ones finish, and on-demand runs and backfills still work. Nothing but unpause ends it. (`POST /api/v1/workflows/{dataset}/pause`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-807
     */
    pause(input: { dataset: string; reason?: string | undefined }, options?: CallOptions): Promise<WorkflowInfo>;
    /**
     * Unpause a workflow. It waits for its next tick; catchup asks for ticks of the pause, at most 1,000 of them, the oldest first. (`POST /api/v1/workflows/{dataset}/unpause`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-807
     */
    unpause(
      input: { dataset: string; catchup?: 'all' | 'latest' | undefined },
      options?: CallOptions,
    ): Promise<UnpausedWorkflow>;
    /**
     * Look at the spec store now. (`POST /api/v1/workflows/sync`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    sync(input?: { accept_deletions?: boolean | undefined } | undefined, options?: CallOptions): Promise<SyncResult>;
    /**
     * First rows of the dataset's table. (`GET /api/v1/workflows/{dataset}/preview`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-815, DLI-816
     */
    preview(input: { dataset: string; limit?: number | undefined }, options?: CallOptions): Promise<WorkflowPreview>;
    /**
     * Register a dataset. (`POST /api/v1/workflows/register`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-801, DLI-803, DLI-804, DLI-805, DLI-806, DLI-813, DLI-815, DLI-816
     */
    register(
      input: {
        spec: string;
        file_name?: string | undefined;
        files?: Record<string, string> | undefined;
        schedule?:
          | {
              cron?: string | undefined;
              timezone?: string | undefined;
              enabled?: boolean | undefined;
              retry_attempts?: number | undefined;
              retry_delay_seconds?: number | undefined;
            }
          | undefined;
      },
      options?: CallOptions,
    ): Promise<RegisteredWorkflow>;
    /**
     * Update a manual registration. (`PUT /api/v1/workflows/{dataset}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-801, DLI-803, DLI-805, DLI-806, DLI-813, DLI-815, DLI-816
     */
    update(
      input: {
        spec: string;
        file_name?: string | undefined;
        files?: Record<string, string> | undefined;
        schedule?:
          | {
              cron?: string | undefined;
              timezone?: string | undefined;
              enabled?: boolean | undefined;
              retry_attempts?: number | undefined;
              retry_delay_seconds?: number | undefined;
            }
          | undefined;
        dataset: string;
      },
      options?: CallOptions,
    ): Promise<RegisteredWorkflow>;
    /**
     * Remove a manual registration. Refused while runs are unfinished, unless force is given: then they are stopped. The table stays. (`DELETE /api/v1/workflows/{dataset}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-803, DLI-808
     */
    unregister(
      input: {
        params: { dataset: string };
        query?: { force?: '0' | '1' | 'false' | 'true' | boolean | undefined } | undefined;
      },
      options?: CallOptions,
    ): Promise<{ dataset_name: string; stopped_runs: string[] }>;
    /**
     * Deploy the specs of a project as code, or tell what that would change. All specs are checked before anything is changed, and all of them come into force together. Datasets that are not named stay, unless prune is given. (`POST /api/v1/workflows/deploy`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-801, DLI-804, DLI-805, DLI-807, DLI-813, DLI-815, DLI-816
     */
    deploy(
      input: {
        specs: { file_name: string; spec: string; files?: Record<string, string> | undefined }[];
        prune?: boolean | undefined;
        dry_run?: boolean | undefined;
        allow_empty?: boolean | undefined;
        commit?:
          | {
              sha: string;
              ref?: string | null | undefined;
              dirty?: boolean | null | undefined;
              url?: string | null | undefined;
            }
          | null
          | undefined;
      },
      options?: CallOptions,
    ): Promise<WorkflowDeploy>;
  };
  /** What the server says of itself. */
  readonly system: {
    /**
     * Version of the server. (`GET /api/v1/version`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    version(input?: unknown, options?: CallOptions): Promise<{ version: string; api_version: 'v1' }>;
    /**
     * The server is up; what it holds. (`GET /api/v1/health`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    health(input?: unknown, options?: CallOptions): Promise<ServerStatus>;
    /**
     * The server accepts work. (`GET /api/v1/ready`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-816
     */
    ready(input?: unknown, options?: CallOptions): Promise<{ ready: true }>;
  };
  /** Messages about workflows. */
  readonly notification: {
    /**
     * List notifications, newest first. (`GET /api/v1/notifications`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    list(
      input: {
        dataset_name?: string | undefined;
        status?: NotificationStatus | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
      options?: CallOptions,
    ): Promise<{ items: WorkflowNotification[]; next_cursor: string | null }>;
    /**
     * Try a notification again that was given up. It keeps its id. (`POST /api/v1/notifications/{id}/resend`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-807, DLI-817
     */
    resend(input: { id: string }, options?: CallOptions): Promise<WorkflowNotification>;
    /**
     * Try all notifications again that were given up. (`POST /api/v1/notifications/resend`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    resendAll(
      input?: { dataset_name?: string | undefined } | undefined,
      options?: CallOptions,
    ): Promise<{ resent: number }>;
    /**
     * Send a test message to every target of a workflow. The answer waits some seconds for the deliveries and tells how far they are. (`POST /api/v1/workflows/{dataset}/notifications/test`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-807
     */
    test(input: { dataset: string }, options?: CallOptions): Promise<{ items: WorkflowNotification[] }>;
  };
  /** Who may use the server, and as what. */
  readonly token: {
    /**
     * Make a token. The first one has to be an admin’s, and from then on every request needs one. A repeat with the same idempotency key gives the same token a new secret. (`POST /api/v1/tokens`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-804, DLI-807
     */
    create(
      input: { name?: string | undefined; role: Role; expires_at?: string | null | undefined },
      options?: CallOptions,
    ): Promise<CreatedToken>;
    /**
     * List tokens, newest first. (`GET /api/v1/tokens`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    list(
      input: {
        all?: '0' | '1' | 'false' | 'true' | boolean | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
      options?: CallOptions,
    ): Promise<{ items: AccessToken[]; next_cursor: string | null }>;
    /**
     * Revoke a token. It is refused from then on, and streams that it opened end within seconds. (`DELETE /api/v1/tokens/{token_id}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-430, DLI-500, DLI-807
     */
    revoke(input: { token_id: string }, options?: CallOptions): Promise<AccessToken>;
  };
  /** Ranges of dates. */
  readonly backfill: {
    /**
     * Read a backfill. (`GET /api/v1/backfills/{backfill_id}`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-809
     */
    status(input: { backfill_id: string }, options?: CallOptions): Promise<Backfill>;
    /**
     * List backfills, newest first. (`GET /api/v1/backfills`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500
     */
    list(
      input: {
        dataset_name?: string | undefined;
        status?: RunStatus | undefined;
        start_date?: string | undefined;
        end_date?: string | undefined;
        limit?: number | undefined;
        cursor?: string | undefined;
      },
      options?: CallOptions,
    ): Promise<{ items: Backfill[]; next_cursor: string | null }>;
    /**
     * Stop a backfill. Dates that have not started become KILLED at once; the one at work is cancelled in the warehouse. (`POST /api/v1/backfills/{backfill_id}/stop`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-807, DLI-809
     */
    stop(input: { backfill_id: string; reason?: string | undefined }, options?: CallOptions): Promise<Backfill>;
    /**
     * Resume a backfill that did not complete. Its dates that did not complete get new runs, in its order, with its parameters and options and the present revision of the spec. Runs that have ended stay as they are. (`POST /api/v1/backfills/{backfill_id}/resume`)
     *
     * @throws DLI-400, DLI-401, DLI-403, DLI-413, DLI-429, DLI-500, DLI-800, DLI-806, DLI-807, DLI-809, DLI-810, DLI-811, DLI-812
     */
    resume(
      input: { backfill_id: string; dataset_name?: string | undefined },
      options?: CallOptions,
    ): Promise<{
      backfill_id: string;
      dataset_name: string;
      start_date: string;
      end_date: string;
      status: RunStatus;
      total_runs: number;
      counts: { PENDING: number; RUNNING: number; COMPLETED: number; FAILED: number; KILLED: number };
      parallel: number;
      reverse: boolean;
      continue_on_failure: boolean;
      only: 'failed' | 'missing' | null;
      ticks: boolean;
      params: Record<string, JSONType>;
      revision: string;
      created_at: string;
      resumed_at: string | null;
      finished_at: string | null;
      requested_by: string;
      reason: string | null;
      stop_requested_at: string | null;
      current_date: string | null;
      current_dates: string[];
      next_run_id: string | null;
      failed_run_id: string | null;
      resume_date: string | null;
      slowest: { execution_date: string; duration_seconds: number } | null;
      failures: { execution_date: string; run_id: string }[];
      resumed_runs: number;
      previous_revision: string;
      estimate: { total_seconds: number; seconds_per_date: number; at_once: number; based_on_runs: number } | null;
    }>;
    /**
     * Waits until a backfill has ended and returns it; `onState` sees every state on the way. It survives dropped
     * connections, and a server that is away for up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server does not come back, DLI-809 when there is no such backfill
     */
    wait: (backfillId: string, options?: FollowOptions<Backfill> | undefined) => Promise<Backfill>;
  };
  /** What happens, as it happens. */
  readonly events: {
    /**
     * Follows changes as they are committed, without a gap or a repeat, over as many connections as it takes. It resolves
     * when the server has fixed where it begins. A `reset` among the events says that some are no longer kept: read the state
     * again. A server that is away is waited for, up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server cannot be reached, or does not come back
     */
    follow: (
      filter?: EventFilter,
      options?: StreamOptions,
    ) => Promise<AsyncIteratorObject<BasecampEvent | StreamReset, unknown, unknown>>;
  };
  /** Runs as they go. */
  readonly runs: {
    /**
     * Waits until a run has ended and returns it, however it ended; `onState` sees every state on the way. It survives
     * dropped connections, and a server that is away for up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server does not come back, DLI-809 when there is no such run
     */
    wait: (runId: string, options?: FollowOptions<WorkflowRun>) => Promise<WorkflowRun>;
    /**
     * Follows a run's log, each line once, over as many connections as it takes, until the run has ended; its return value
     * is the run. A server that is away is waited for, up to `patienceMs` (default 30,000).
     *
     * @throws DLI-501 when the server cannot be reached, or does not come back, DLI-809 when there is no such run
     */
    followLog: (runId: string, options?: LogFilter) => Promise<AsyncIteratorObject<LogLine, WorkflowRun, unknown>>;
  };
  /** @throws DLI-400 when `url` is not an HTTP address */
  constructor(options: ClientOptions);
}

/** One entry of the append-only log of changes. */
export type BasecampEvent = {
  /** Position in the append-only log; also the SSE id */
  seq: number;
  /** RFC 3339 instant, UTC */
  at: string;
  /** What happened */
  kind: EventKind;
  /** The dataset that it is about */
  dataset_name: string | null;
  /** The run that it is about */
  run_id: string | null;
  /** The backfill that it is about */
  backfill_id: string | null;
  /** Who or what did it */
  actor: string;
  /** Why */
  reason: string | null;
  /** Facts for programs, by kind */
  data: { [x: string]: JSONType };
};

/** What a call may say besides its input: `client.workflow.run(input, { signal, context: { idempotencyKey } })`. */
export interface CallContext {
  /** The same key within 24 hours gives the first answer again. @default a new random key for every call */
  readonly idempotencyKey?: string;
}

/** An answer whose head has come. `text` or `read` is used, not both. */
export interface ClientAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Where a stream begins: the id after which it would go on. */
  readonly lastEventId?: string | undefined;
  /** Reads the whole body. */
  readonly text: () => Promise<string>;
  /** Reads the next piece of the body; undefined at its end. */
  readonly read: () => Promise<string | undefined>;
  /** Gives up the connection at once, also while a piece is waited for. */
  readonly close: () => void;
}

/** Where the server is and who calls. */
export interface ClientOptions {
  /** The server's URL, such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** The token that is sent as bearer. @default none */
  readonly apiKey?: string | undefined;
  /** Who acts, as events name it; a server that requires tokens goes by the token instead. @default none */
  readonly actor?: string | undefined;
  /** @default the global fetch */
  readonly fetch?: typeof fetch | undefined;
  /** Sends requests instead of `fetch`. @default fetch */
  readonly transport?: Transport | undefined;
  /**
   * A stream over which nothing came for this many milliseconds is lost; the server shows every 5 seconds that it is there.
   *
   * @default 20000
   */
  readonly quietMs?: number | undefined;
}

/** One request, ready to be sent. */
export interface ClientRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A token that was just made, with its secret. */
export type CreatedToken = {
  token_id: string;

  name: string;

  role: Role;

  status: 'active' | 'expired' | 'revoked';

  created_at: string;

  created_by: string;

  expires_at: string | null;

  revoked_at: string | null;

  revoked_by: string | null;

  token: string;
};

/** What a deploy makes of one dataset. */
export type DeployChange = {
  dataset_name: string;

  file_name: string | null;

  change: 'changed' | 'new' | 'removed';

  overrides_manual: boolean;

  frees_manual: boolean;

  paused: { at: string; by: string; reason: string | null } | null;

  revision_before: string | null;

  revision_after: string | null;

  differences: SpecDifference[];

  ticks: DeployTicks;

  warnings: string[];
};

/** The commit that specs are deployed from. */
export type DeployCommit = {
  sha: string;

  ref: string | null;

  dirty: boolean | null;

  url: string | null;
};

/** What a deploy makes of a dataset's ticks. */
export type DeployTicks = {
  next_before: string | null;

  next_after: string | null;

  day_before: number;

  day_after: number;

  text: string | null;
};

/** The one error class: what happened to which thing, where, and what to do next. */
export declare class DliError extends Error {
  readonly name: 'DliError';

  readonly code: ErrorCode;

  readonly hints: readonly string[];

  readonly problems: readonly Problem[];
  constructor(code: ErrorCode, message: string, options?: ErrorDetails);
}

/** What a run would do; nothing was stored or executed. */
export type DryRun = {
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Content digest of the spec that would run */
  revision: string;
  /** Parameter values, converted */
  params: { [x: string]: JSONType };
  /** Calendar date, YYYY-MM-DD */
  execution_date: string | null;
  /** What would be executed, in order */
  statements: { label: string; phase: 'after_commit' | 'transaction'; sql: string; bound: boolean }[];
  /** Tables that it reads, and depends_on */
  reads: string[];
  /** Tables that it writes */
  writes: string[];
  /** What may surprise */
  warnings: string[];
};

/** The body of every error answer. */
export type ErrorBody = {
  /** What is allowed and what to do next, one line each */
  hints: string[];
  /** The places that are wrong, with lines and columns that count from 1 */
  problems: { message: string; file?: string | undefined; line?: number | undefined; column?: number | undefined }[];
  /** A permanent code, such as DLI-810 */
  code: string;
  /** What happened, to which thing */
  message: string;
};

/** A permanent error code, such as `DLI-810`. */
export type ErrorCode =
  | 'DLI-101'
  | 'DLI-400'
  | 'DLI-401'
  | 'DLI-403'
  | 'DLI-404'
  | 'DLI-405'
  | 'DLI-413'
  | 'DLI-429'
  | 'DLI-430'
  | 'DLI-500'
  | 'DLI-501'
  | 'DLI-502'
  | 'DLI-503'
  | 'DLI-504'
  | 'DLI-505'
  | 'DLI-800'
  | 'DLI-801'
  | 'DLI-802'
  | 'DLI-803'
  | 'DLI-804'
  | 'DLI-805'
  | 'DLI-806'
  | 'DLI-807'
  | 'DLI-808'
  | 'DLI-809'
  | 'DLI-810'
  | 'DLI-811'
  | 'DLI-812'
  | 'DLI-813'
  | 'DLI-814'
  | 'DLI-815'
  | 'DLI-816'
  | 'DLI-817'
  | 'DLI-818';

/** What an error says besides its code: `hints` tell what is allowed and what to type next, one line each. */
export interface ErrorDetails {
  readonly hints?: readonly string[];
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** Which events to follow; together they narrow. */
export interface EventFilter {
  /** A run's full id. */
  readonly run_id?: string | undefined;
  readonly backfill_id?: string | undefined;
  readonly dataset_name?: string | undefined;
  readonly kind?: EventKind | readonly EventKind[] | undefined;
  /** Begins after the event with this number; 0 is before the first one. @default the newest event */
  readonly after?: number | undefined;
}

/** What happened. */
export type EventKind =
  | 'backfill.completed'
  | 'backfill.created'
  | 'backfill.failed'
  | 'backfill.killed'
  | 'backfill.resumed'
  | 'backfill.stop_requested'
  | 'code.deployed'
  | 'notification.given_up'
  | 'notification.resend_requested'
  | 'run.completed'
  | 'run.created'
  | 'run.delay_shortened'
  | 'run.failed'
  | 'run.killed'
  | 'run.lost'
  | 'run.published'
  | 'run.retrying'
  | 'run.started'
  | 'run.stop_requested'
  | 'run.waiting'
  | 'server.clock_moved'
  | 'server.started'
  | 'spec_store.readable'
  | 'spec_store.unreadable'
  | 'tick.missed'
  | 'tick.skipped_overlap'
  | 'tick.skipped_paused'
  | 'tick.taken_back'
  | 'token.created'
  | 'token.revoked'
  | 'workflow.paused'
  | 'workflow.registered'
  | 'workflow.spec_broken'
  | 'workflow.spec_mended'
  | 'workflow.unpaused'
  | 'workflow.unregistered'
  | 'workflow.updated';

/** Why a run or a workflow is in its state, and what helps. */
export type Explanation = {
  /** Why it is as it is, in one sentence. Instants in it are UTC, those of ticks have their schedule's offset */
  sentence: string;
  /** What proves it */
  facts: { name: string; value: string }[];
  /** The command that helps; null when there is nothing to do */
  command: string | null;
};

/** How to follow. */
export interface FollowOptions<State> extends StreamOptions {
  /** Called with every state that is read, the final one included. */
  readonly onState?: ((state: State) => void) | undefined;
  /** Reads the state at most once in this many milliseconds while it changes. @default 0 */
  readonly everyMs?: number | undefined;
}

/** Which lines of a run's log to follow. */
export interface LogFilter extends StreamOptions {
  /** @default every attempt */
  readonly attempt?: number | undefined;
  /** Begins after the line with this id. @default 0, before the first one */
  readonly after?: number | undefined;
}

/** One line of a run's log. */
export type LogLine = {
  /** RFC 3339 instant, UTC */
  at: string;
  /** Which attempt wrote it */
  attempt: number;
  /** The line */
  line: string;
};

/** Who is told about what, as the spec has it. */
export type NotificationConfig = { [x: string]: JSONType };

/** What a notification tells of. */
export type NotificationKind = 'backfill' | 'failure' | 'late' | 'recovery' | 'source_change' | 'success' | 'test';

/** Whether a notification is still to be delivered. */
export type NotificationStatus = 'delivered' | 'given_up' | 'waiting';

/** How a notification is sent. */
export type NotificationType = 'email' | 'slack' | 'webhook';

/** One place that is wrong. Lines and columns count from 1; a part that is not known is left out. */
export interface Problem {
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A registration that was just stored, and what there is to say about it. */
export type RegisteredWorkflow = {
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Who owns the spec */
  source_type: SourceType;
  /** Whether its schedule is in force */
  status: WorkflowStatus;
  /** Who answers for it */
  owner: string;
  /** The team that owns it */
  team: string;
  /** What it is */
  description: string | null;
  /** When it runs by itself; null when only on demand */
  schedule: ScheduleConfig | null;
  /** RFC 3339 instant, UTC */
  next_run_at: string | null;
  /** The run that started last */
  last_run: WorkflowRun | null;
  /** Since when, by whom and why its schedule is held */
  paused: { at: string; by: string; reason: string | null } | null;
  /** Why its newest spec is not in force */
  spec_error: string | null;
  /** Content digest of its spec */
  revision: string;
  /** RFC 3339 instant, UTC */
  registered_at: string;
  /** RFC 3339 instant, UTC */
  updated_at: string;
  /** What may surprise */
  warnings: string[];
  /** Tables that it reads, and depends_on */
  reads: string[];
  /** Tables that it writes */
  writes: string[];
};

/** Attempts in all and the seconds between them. */
export type RetryConfig = {
  /** Attempts in all */
  max_attempts: number;
  /** Seconds between them */
  delay_seconds: number;
};

/**
 * What a token may do. A `viewer` reads, an `operator` also runs what is there, a `deployer` also changes what is there, and an
 * `admin` also makes and revokes tokens.
 */
export type Role = 'admin' | 'deployer' | 'operator' | 'viewer';

/** Why a run or an attempt failed. */
export type RunError = {
  /** A permanent code, such as DLI-815 */
  code: string;
  /** What happened */
  message: string;
  /** Which statement failed: its name, or "query" */
  statement: string | null;
  /** Line in that statement */
  line: number | null;
  /** Column in that line */
  column: number | null;
};

/** The state of a run; `core/run-state.ts` has the transitions. */
export type RunStatus = 'COMPLETED' | 'FAILED' | 'KILLED' | 'PENDING' | 'RUNNING';

/** What asked for a run. */
export type RunType = 'adhoc' | 'backfill' | 'scheduled';

/** When a dataset runs by itself. */
export type ScheduleConfig = {
  /** Whether it is in force */
  enabled: boolean;
  /** Five fields, or @hourly … @yearly */
  cron: string;
  /** IANA timezone */
  timezone: string;
  /** What follows a failed attempt */
  retry: RetryConfig;
  /** Which date a tick computes */
  execution_date: 'previous_day' | 'same_day';
  /** What becomes of ticks that a downtime missed */
  catchup: 'all' | 'latest' | 'none';
  /** What becomes of a tick while the run before is unfinished */
  overlap: 'queue' | 'skip';
  /** Who is told about what */
  notifications: Record<string, JSONType> | null;
};

/** What the server says of itself. */
export type ServerStatus = {
  /** Version of the server */
  version: string;
  /** RFC 3339 instant, UTC */
  started_at: string;
  /** Process id */
  pid: number;
  /** Its data folder */
  data_dir: string;
  /** What executes runs */
  engine: 'embedded';
  /** Configured warehouses */
  warehouses: { name: string; type: string }[];
  /** Registrations */
  workflows: number;
  /** Runs that have not ended */
  runs: { PENDING: number; RUNNING: number };
  /** How many runs may be at work in all */
  max_concurrent_runs: number;
  /** What fires schedules */
  scheduler: { schedules: number; next_tick_at: string | null; hold: { until: string; reason: string } | null };
  /** Where specs are kept */
  spec_store: {
    folder: string;
    code_mode: 'deploy' | 'folder';
    looked_at: string | null;
    broken: number;
    troubles: string[];
  };
};

/** Who owns a spec: registered through CLI or API (`manual`) or deployed from Git (`code`). */
export type SourceType = 'code' | 'manual';

/** One difference between two specs of a dataset. */
export type SpecDifference = {
  path: string;

  kind: 'description' | 'execution' | 'lineage' | 'notification' | 'parameter' | 'schedule' | 'sql';

  before: string | number | boolean | JSONType[] | { [key: string]: JSONType } | null;

  after: string | number | boolean | JSONType[] | { [key: string]: JSONType } | null;

  cosmetic: boolean;

  text: string;

  lines: string[];
};

/** A backfill that was just stored, with its runs. */
export type StartedBackfill = {
  /** Readable id */
  backfill_id: string;
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Calendar date, YYYY-MM-DD */
  start_date: string;
  /** Calendar date, YYYY-MM-DD */
  end_date: string;
  /** State of a run, or of a backfill */
  status: RunStatus;
  /** Dates in all */
  total_runs: number;
  /** Dates by state */
  counts: { PENDING: number; RUNNING: number; COMPLETED: number; FAILED: number; KILLED: number };
  /** Dates that may be at work at once */
  parallel: number;
  /** From the last date to the first */
  reverse: boolean;
  /** A date that does not complete does not end it */
  continue_on_failure: boolean;
  /** missing: dates without any success; failed: dates whose last started run did not complete */
  only: 'failed' | 'missing' | null;
  /** One run for each tick of the schedule instead of one for each date */
  ticks: boolean;
  /** Parameter values that its dates share */
  params: { [x: string]: JSONType };
  /** Content digest of the spec that its runs have */
  revision: string;
  /** RFC 3339 instant, UTC */
  created_at: string;
  /** When it was last resumed */
  resumed_at: string | null;
  /** RFC 3339 instant, UTC */
  finished_at: string | null;
  /** Who asked for it */
  requested_by: string;
  /** Why it ended or is being stopped, where somebody or something said so */
  reason: string | null;
  /** RFC 3339 instant, UTC */
  stop_requested_at: string | null;
  /** The date at work; the first one where there are several */
  current_date: string | null;
  /** The dates at work, in its order */
  current_dates: string[];
  /** The run that starts next */
  next_run_id: string | null;
  /** The first run that failed */
  failed_run_id: string | null;
  /** The first date that did not complete, once the backfill has ended */
  resume_date: string | null;
  /** The completed date that took longest */
  slowest: { execution_date: string; duration_seconds: number } | null;
  /** The first dates that failed, at most 5; counts.FAILED tells how many there are */
  failures: { execution_date: string; run_id: string }[];
  /** In the order in which they start */
  run_ids: string[];
  /** How long it may take; null without a past run */
  estimate: { total_seconds: number; seconds_per_date: number; at_once: number; based_on_runs: number } | null;
};

/** How long to follow, and how long to wait for a server that is gone. */
export interface StreamOptions {
  /** Ends the following with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** How many milliseconds of pauses in a row to spend on a server that does not answer. @default 1000 */
  readonly patienceMs?: number | undefined;
}

/** Takes the place of events that are no longer kept: whoever builds on every event reads the state again. */
export type StreamReset = {
  /** Events that were asked for are no longer kept: read the state again */
  kind: 'reset';
  /** The stream goes on after this one; also the SSE id */
  seq: number;
};

/** What a look at the spec store found. */
export type SyncResult = {
  /** Datasets whose files were new */
  added: string[];
  /** Datasets whose files had changed */
  updated: string[];
  /** Datasets whose files were gone */
  removed: string[];
  /** Files that had not changed */
  unchanged: number;
  /** Files that are not in force; the last good revision keeps running */
  broken: { dataset_name: string | null; file: string; error: string }[];
  /** Datasets whose files are gone and which stay in force: too many would go at once, or what is gone is in doubt */
  held: { dataset_name: string; reason: string }[];
  /** Files that are being written at this moment: the next look takes them */
  busy: string[];
  /** Folders that cannot be read, so that nothing of theirs was changed */
  troubles: string[];
  /** What may surprise */
  notes: string[];
};

/** What became of a tick; final once it is recorded. */
export type TickOutcome = 'missed' | 'run' | 'skipped_overlap' | 'skipped_paused';

/** Sends a request. It fails with whatever the platform says when there is no answer. */
export type Transport = (request: ClientRequest) => Promise<ClientAnswer>;

/** A workflow whose pause has ended, and what became of the ticks of the pause. */
export type UnpausedWorkflow = {
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Who owns the spec */
  source_type: SourceType;
  /** Whether its schedule is in force */
  status: WorkflowStatus;
  /** Who answers for it */
  owner: string;
  /** The team that owns it */
  team: string;
  /** What it is */
  description: string | null;
  /** When it runs by itself; null when only on demand */
  schedule: ScheduleConfig | null;
  /** RFC 3339 instant, UTC */
  next_run_at: string | null;
  /** The run that started last */
  last_run: WorkflowRun | null;
  /** Since when, by whom and why its schedule is held */
  paused: { at: string; by: string; reason: string | null } | null;
  /** Why its newest spec is not in force */
  spec_error: string | null;
  /** Content digest of its spec */
  revision: string;
  /** RFC 3339 instant, UTC */
  registered_at: string;
  /** RFC 3339 instant, UTC */
  updated_at: string;
  /** Ticks of the pause that made no run; null when there are none */
  skipped_ticks: { count: number; first_date: string; last_date: string; command: string | null } | null;
  /** Runs that catchup asked for, in order; those of a long catch-up follow by themselves */
  run_ids: string[];
};

/** A deploy, or the plan of one. */
export type WorkflowDeploy = {
  deploy_id: string | null;

  release: string | null;

  dry_run: boolean;

  applied: boolean;

  commit: DeployCommit | null;

  changes: DeployChange[];

  unchanged: string[];

  kept: number;

  warnings: string[];
};

/** Everything that the server knows of a workflow. */
export type WorkflowDetail = {
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Who owns the spec */
  source_type: SourceType;
  /** Whether its schedule is in force */
  status: WorkflowStatus;
  /** Who answers for it */
  owner: string;
  /** The team that owns it */
  team: string;
  /** What it is */
  description: string | null;
  /** When it runs by itself; null when only on demand */
  schedule: ScheduleConfig | null;
  /** RFC 3339 instant, UTC */
  next_run_at: string | null;
  /** The run that started last */
  last_run: WorkflowRun | null;
  /** Since when, by whom and why its schedule is held */
  paused: { at: string; by: string; reason: string | null } | null;
  /** Why its newest spec is not in force */
  spec_error: string | null;
  /** Content digest of its spec */
  revision: string;
  /** RFC 3339 instant, UTC */
  registered_at: string;
  /** RFC 3339 instant, UTC */
  updated_at: string;
  /** At most one of each source */
  registrations: {
    source_type: SourceType;
    revision: string;
    effective: boolean;
    file: string | null;
    spec_error: string | null;
    registered_at: string;
    updated_at: string;
  }[];
  /** Declared parameters */
  parameters: { name: string; type: string; required: boolean; default: JSONType; description: string | null }[];
  /** Free labels */
  tags: string[];
  /** Free labels */
  domains: string[];
  /** Which configured warehouse runs it */
  warehouse: string;
  /** Dialect that the SQL is written in; null for the warehouse’s own */
  dialect: string | null;
  /** Time limit of each attempt */
  timeout_seconds: number;
  /** What a run executes, in order */
  statements: { label: string; phase: 'after_commit' | 'transaction'; sql: string }[];
  /** Tables that it reads, and depends_on */
  reads: string[];
  /** Tables that it writes */
  writes: string[];
  /** Registered datasets that read it */
  read_by: string[];
  /** Its newest runs */
  last_runs: WorkflowRun[];
  /** The newest ticks with an outcome, in order of time */
  last_ticks: WorkflowTick[];
  /** The ticks to come */
  next_ticks: WorkflowTick[];
  /** How it stands */
  explanation: Explanation;
};

/** One registration of a dataset on the server. */
export type WorkflowInfo = {
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Who owns the spec */
  source_type: SourceType;
  /** Whether its schedule is in force */
  status: WorkflowStatus;
  /** Who answers for it */
  owner: string;
  /** The team that owns it */
  team: string;
  /** What it is */
  description: string | null;
  /** When it runs by itself; null when only on demand */
  schedule: ScheduleConfig | null;
  /** RFC 3339 instant, UTC */
  next_run_at: string | null;
  /** The run that started last */
  last_run: WorkflowRun | null;
  /** Since when, by whom and why its schedule is held */
  paused: { at: string; by: string; reason: string | null } | null;
  /** Why its newest spec is not in force */
  spec_error: string | null;
  /** Content digest of its spec */
  revision: string;
  /** RFC 3339 instant, UTC */
  registered_at: string;
  /** RFC 3339 instant, UTC */
  updated_at: string;
};

/** A message about a workflow to one target, and how far its delivery is. */
export type WorkflowNotification = {
  id: string;

  kind: NotificationKind;

  dataset_name: string;

  run_id: string | null;

  backfill_id: string | null;

  type: NotificationType;

  channel: string;

  status: NotificationStatus;

  title: string;

  why: string;

  command: string | null;

  attempts: number;

  error: string | null;

  next_attempt_at: string | null;

  created_at: string;

  finished_at: string | null;
};

/** The first rows of a dataset's table. */
export type WorkflowPreview = {
  /** In the order of the table */
  columns: { name: string; type: string }[];
  /** Values by column; large integers and decimals are text */
  rows: Record<string, JSONType>[];
};

/** One execution of a dataset for one set of parameters. */
export type WorkflowRun = {
  /** Readable label, unique */
  run_id: string;
  /** Identity (UUIDv7), never reused */
  run_uid: string;
  /** Dataset name: 1 to 3 dot-separated parts */
  dataset_name: string;
  /** Who owns the spec */
  source_type: SourceType;
  /** What asked for the run */
  run_type: RunType;
  /** State of a run, or of a backfill */
  status: RunStatus;
  /** Calendar date, YYYY-MM-DD */
  execution_date: string | null;
  /** Parameter values, converted */
  params: { [x: string]: JSONType };
  /** Content digest of the spec that it runs */
  revision: string;
  /** Attempts made so far; 0 before the first */
  attempt: number;
  /** Attempts in all that its spec allows */
  max_attempts: number;
  /** RFC 3339 instant, UTC */
  created_at: string;
  /** RFC 3339 instant, UTC */
  started_at: string | null;
  /** RFC 3339 instant, UTC */
  finished_at: string | null;
  /** From the first start to the end; null until it has ended */
  duration_seconds: number | null;
  /** Who or what asked for it */
  triggered_by: string;
  /** Why it is in this state, where somebody or something said so */
  reason: string | null;
  /** Why it, or its last attempt, failed */
  error: RunError | null;
  /** The run's transaction is committed in the warehouse, or its query went through where it only reads */
  published: boolean;
  /** The backfill that it belongs to */
  backfill_id: string | null;
  /** RFC 3339 instant, UTC */
  stop_requested_at: string | null;
};

/** Whether a registration's schedule is in force. */
export type WorkflowStatus = 'active' | 'overridden' | 'paused';

/** One occurrence of a schedule. */
export type WorkflowTick = {
  /** When the tick is due, UTC */
  scheduled_at: string;
  /** The same moment on a clock in the schedule's timezone: YYYY-MM-DD HH:MM */
  local_time: string;
  /** The calendar date that the tick computes */
  execution_date: string;
  /** What became of the tick; null as long as nothing did */
  outcome: TickOutcome | null;
  /** The run that it made, with the outcome run */
  run_id: string | null;
  /** Why the outcome is as it is */
  reason: string | null;
  /** What daylight saving moved, merged or dropped, such as "merges 02:00, 02:30" */
  note: string | null;
};

/**
 * The closed catalogue of errors. A code is permanent; its HTTP status and exit code hang off it, so that the
 * server, the client and the command line cannot disagree. New codes are added at the end of their group.
 */
export declare const errorCatalogue: {
  readonly 'DLI-101': { readonly title: 'Local dataset not found'; readonly status: 404; readonly exit: 3 };
  readonly 'DLI-400': { readonly title: 'Malformed request'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-401': { readonly title: 'Not authenticated'; readonly status: 401; readonly exit: 4 };
  readonly 'DLI-403': { readonly title: 'Not allowed'; readonly status: 403; readonly exit: 4 };
  readonly 'DLI-404': { readonly title: 'No such route'; readonly status: 404; readonly exit: 2 };
  readonly 'DLI-405': { readonly title: 'Method not allowed'; readonly status: 405; readonly exit: 2 };
  readonly 'DLI-413': { readonly title: 'Body too large'; readonly status: 413; readonly exit: 2 };
  readonly 'DLI-429': { readonly title: 'Too many wrong tokens'; readonly status: 429; readonly exit: 4 };
  readonly 'DLI-430': { readonly title: 'Token not found'; readonly status: 404; readonly exit: 3 };
  readonly 'DLI-500': { readonly title: 'Internal error'; readonly status: 500; readonly exit: 1 };
  readonly 'DLI-501': { readonly title: 'Server not reachable'; readonly status: 503; readonly exit: 6 };
  readonly 'DLI-502': {
    readonly title: 'Data folder in use by another server';
    readonly status: 409;
    readonly exit: 5;
  };
  readonly 'DLI-503': { readonly title: 'Port taken'; readonly status: 409; readonly exit: 5 };
  readonly 'DLI-504': { readonly title: 'Bad configuration'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-505': { readonly title: 'Data folder not usable'; readonly status: 500; readonly exit: 1 };
  readonly 'DLI-800': { readonly title: 'Workflow not found'; readonly status: 404; readonly exit: 3 };
  readonly 'DLI-801': { readonly title: 'Registration failed'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-802': { readonly title: 'Run failed'; readonly status: 409; readonly exit: 1 };
  readonly 'DLI-803': { readonly title: 'Managed by Code'; readonly status: 403; readonly exit: 4 };
  readonly 'DLI-804': { readonly title: 'Already exists'; readonly status: 409; readonly exit: 5 };
  readonly 'DLI-805': { readonly title: 'Invalid cron'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-806': { readonly title: 'Overridden by Code'; readonly status: 409; readonly exit: 5 };
  readonly 'DLI-807': { readonly title: 'Invalid state'; readonly status: 409; readonly exit: 5 };
  readonly 'DLI-808': { readonly title: 'Unregister failed'; readonly status: 409; readonly exit: 5 };
  readonly 'DLI-809': { readonly title: 'Run or backfill not found'; readonly status: 404; readonly exit: 3 };
  readonly 'DLI-810': { readonly title: 'Unknown parameter'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-811': { readonly title: 'Missing parameter'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-812': { readonly title: 'Wrong parameter value'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-813': { readonly title: 'Invalid spec'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-814': { readonly title: 'Invalid date range'; readonly status: 400; readonly exit: 2 };
  readonly 'DLI-815': {
    readonly title: 'SQL does not parse, bind or translate';
    readonly status: 400;
    readonly exit: 2;
  };
  readonly 'DLI-816': { readonly title: 'Engine or warehouse not reachable'; readonly status: 503; readonly exit: 6 };
  readonly 'DLI-817': { readonly title: 'Notification not found'; readonly status: 404; readonly exit: 3 };
  readonly 'DLI-818': { readonly title: 'Revision not found'; readonly status: 404; readonly exit: 3 };
};

/** Writes a place as `file:line:column`, leaving out what is not known. */
export declare const formatPlace: ({ file, line, column }: Omit<Problem, 'message'>) => string;

/** Tells whether a run or a backfill is over. */
export declare const hasEnded: ({ status }: { readonly status: string }) => boolean;

/** Tells whether `text` is a code of the catalogue. */
export declare const isErrorCode: (text: unknown) => text is ErrorCode;
