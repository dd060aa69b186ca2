// Written by `npm run api` from src/entries. A change here is a change for everybody who uses the package.

import type { AsyncIteratorClass } from '@orpc/client';
import type {
  ContractProcedureBuilderWithInputOutput,
  ContractProcedureBuilderWithOutput,
  MergedErrorMap,
  Schema,
} from '@orpc/contract';
import type {
  ZodArray,
  ZodBoolean,
  ZodDefault,
  ZodEnum,
  ZodInt,
  ZodISODate,
  ZodISODateTime,
  ZodJSONSchema,
  ZodLiteral,
  ZodNullable,
  ZodNumber,
  ZodObject,
  ZodOptional,
  ZodPipe,
  ZodPrefault,
  ZodPreprocess,
  ZodRecord,
  ZodString,
  ZodTransform,
  ZodUnion,
} from 'zod';
import type { $strict, $strip } from 'zod/v4/core';
import type { ErrorCode } from './client.js';

/** What an operation declares of the errors that it may answer with. */
export type RouteErrors<Code extends ErrorCode> = {
  readonly [code in Code]: { readonly status: number; readonly message: string; readonly data: typeof errorDataSchema };
};

/** Where the API lives below the server's URL. */
export declare const apiPrefix: '/api/v1';

/** Shape of a {@link BackfillPlan} on the wire. */
export declare const backfillPlanSchema: ZodObject<
  {
    dataset_name: ZodString;
    start_date: ZodISODate;
    end_date: ZodISODate;
    total_runs: ZodInt;
    parallel: ZodInt;
    reverse: ZodBoolean;
    continue_on_failure: ZodBoolean;
    only: ZodNullable<ZodEnum<{ failed: 'failed'; missing: 'missing' }>>;
    ticks: ZodBoolean;
    estimate: ZodNullable<
      ZodObject<
        { total_seconds: ZodNumber; seconds_per_date: ZodNumber; at_once: ZodInt; based_on_runs: ZodInt },
        $strip
      >
    >;
    revision: ZodString;
    dates: ZodArray<
      ZodObject<
        {
          execution_date: ZodISODate;
          scheduled_at: ZodNullable<ZodISODateTime>;
          action: ZodEnum<{ run: 'run'; skip: 'skip' }>;
          reason: ZodString;
          last_success_at: ZodNullable<ZodISODateTime>;
          last_status: ZodNullable<typeof runStatusSchema>;
        },
        $strip
      >
    >;
  },
  $strip
>;

/** Shape of a {@link Backfill} on the wire. */
export declare const backfillSchema: ZodObject<
  {
    backfill_id: ZodString;
    dataset_name: ZodString;
    start_date: ZodISODate;
    end_date: ZodISODate;
    status: typeof runStatusSchema;
    total_runs: ZodInt;
    counts: ZodObject<{ PENDING: ZodInt; RUNNING: ZodInt; COMPLETED: ZodInt; FAILED: ZodInt; KILLED: ZodInt }, $strip>;
    parallel: ZodInt;
    reverse: ZodBoolean;
    continue_on_failure: ZodBoolean;
    only: ZodNullable<ZodEnum<{ failed: 'failed'; missing: 'missing' }>>;
    ticks: ZodBoolean;
    params: ZodRecord<ZodString, ZodJSONSchema>;
    revision: ZodString;
    created_at: ZodISODateTime;
    resumed_at: ZodNullable<ZodISODateTime>;
    finished_at: ZodNullable<ZodISODateTime>;
    requested_by: ZodString;
    reason: ZodNullable<ZodString>;
    stop_requested_at: ZodNullable<ZodISODateTime>;
    current_date: ZodNullable<ZodISODate>;
    current_dates: ZodArray<ZodISODate>;
    next_run_id: ZodNullable<ZodString>;
    failed_run_id: ZodNullable<ZodString>;
    resume_date: ZodNullable<ZodISODate>;
    slowest: ZodNullable<ZodObject<{ execution_date: ZodISODate; duration_seconds: ZodNumber }, $strip>>;
    failures: ZodArray<ZodObject<{ execution_date: ZodISODate; run_id: ZodString }, $strip>>;
  },
  $strip
>;

/** The one contract: the server implements it, the client calls it, and nothing of a route is written twice. */
export declare const contract: {
  workflow: {
    run: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          dataset: ZodString;
          params: ZodDefault<ZodRecord<ZodString, ZodJSONSchema>>;
          dry_run: ZodDefault<ZodBoolean>;
        },
        $strict
      >,
      ZodUnion<readonly [typeof runSchema, typeof dryRunSchema]>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          | 'DLI-400'
          | 'DLI-401'
          | 'DLI-403'
          | 'DLI-413'
          | 'DLI-429'
          | 'DLI-500'
          | 'DLI-800'
          | 'DLI-806'
          | 'DLI-810'
          | 'DLI-811'
          | 'DLI-812'
          | 'DLI-815'
          | 'DLI-816'
        >
      >,
      Record<never, never>
    >;
    backfill: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          dataset: ZodString;
          start_date: ZodString;
          end_date: ZodString;
          params: ZodDefault<ZodRecord<ZodString, ZodJSONSchema>>;
          parallel: ZodDefault<ZodInt>;
          reverse: ZodDefault<ZodBoolean>;
          continue_on_failure: ZodDefault<ZodBoolean>;
          only: ZodOptional<ZodEnum<{ failed: 'failed'; missing: 'missing' }>>;
          ticks: ZodDefault<ZodBoolean>;
          dry_run: ZodDefault<ZodBoolean>;
        },
        $strict
      >,
      ZodUnion<readonly [typeof startedBackfillSchema, typeof backfillPlanSchema]>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          | 'DLI-400'
          | 'DLI-401'
          | 'DLI-403'
          | 'DLI-413'
          | 'DLI-429'
          | 'DLI-500'
          | 'DLI-800'
          | 'DLI-806'
          | 'DLI-810'
          | 'DLI-811'
          | 'DLI-812'
          | 'DLI-814'
        >
      >,
      Record<never, never>
    >;
    stop: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ run_id: ZodString; reason: ZodOptional<ZodString> }, $strict>,
      typeof runSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-807' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    status: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ run_id: ZodString }, $strict>,
      typeof runSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    logs: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          run_id: ZodString;
          attempt: ZodOptional<ZodPreprocess<ZodInt, number>>;
          limit: ZodPrefault<ZodPreprocess<ZodInt, number>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof logLineSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    followLog: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          run_id: ZodString;
          attempt: ZodOptional<ZodPreprocess<ZodInt, number>>;
          after: ZodOptional<ZodPreprocess<ZodInt, number>>;
        },
        $strict
      >,
      Schema<
        AsyncIteratorObject<
          { at: string; attempt: number; line: string },
          | {
              run_id: string;
              run_uid: string;
              dataset_name: string;
              source_type: 'code' | 'manual';
              run_type: 'adhoc' | 'backfill' | 'scheduled';
              status: 'COMPLETED' | 'FAILED' | 'KILLED' | 'PENDING' | 'RUNNING';
              execution_date: string | null;
              params: Record<string, JSONType>;
              revision: string;
              attempt: number;
              max_attempts: number;
              created_at: string;
              started_at: string | null;
              finished_at: string | null;
              duration_seconds: number | null;
              triggered_by: string;
              reason: string | null;
              error: {
                code: string;
                message: string;
                statement: string | null;
                line: number | null;
                column: number | null;
              } | null;
              published: boolean;
              backfill_id: string | null;
              stop_requested_at: string | null;
            }
          | undefined,
          void
        >,
        AsyncIteratorClass<
          { at: string; attempt: number; line: string },
          | {
              run_id: string;
              run_uid: string;
              dataset_name: string;
              source_type: 'code' | 'manual';
              run_type: 'adhoc' | 'backfill' | 'scheduled';
              status: 'COMPLETED' | 'FAILED' | 'KILLED' | 'PENDING' | 'RUNNING';
              execution_date: string | null;
              params: Record<string, JSONType>;
              revision: string;
              attempt: number;
              max_attempts: number;
              created_at: string;
              started_at: string | null;
              finished_at: string | null;
              duration_seconds: number | null;
              triggered_by: string;
              reason: string | null;
              error: {
                code: string;
                message: string;
                statement: string | null;
                line: number | null;
                column: number | null;
              } | null;
              published: boolean;
              backfill_id: string | null;
              stop_requested_at: string | null;
            }
          | undefined,
          void
        >
      >,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    history: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          dataset_name: ZodOptional<ZodString>;
          source_type: ZodOptional<typeof sourceTypeSchema>;
          status: ZodOptional<typeof runStatusSchema>;
          run_type: ZodOptional<typeof runTypeSchema>;
          start_date: ZodOptional<ZodISODate>;
          end_date: ZodOptional<ZodISODate>;
          limit: ZodPrefault<ZodPreprocess<ZodInt, number>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof runSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    list: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          source_type: ZodOptional<typeof sourceTypeSchema>;
          status: ZodOptional<typeof workflowStatusSchema>;
          dataset: ZodOptional<ZodString>;
          prefix: ZodOptional<ZodString>;
          running: ZodOptional<
            ZodUnion<
              [
                ZodPipe<
                  ZodEnum<{ 0: '0'; 1: '1'; false: 'false'; true: 'true' }>,
                  ZodTransform<boolean, '0' | '1' | 'false' | 'true'>
                >,
                ZodBoolean,
              ]
            >
          >;
          enabled_only: ZodOptional<
            ZodUnion<
              [
                ZodPipe<
                  ZodEnum<{ 0: '0'; 1: '1'; false: 'false'; true: 'true' }>,
                  ZodTransform<boolean, '0' | '1' | 'false' | 'true'>
                >,
                ZodBoolean,
              ]
            >
          >;
          owner: ZodOptional<ZodString>;
          limit: ZodPrefault<ZodPreprocess<ZodInt, number>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof workflowSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    show: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString }, $strict>,
      typeof workflowDetailSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800'>
      >,
      Record<never, never>
    >;
    revision: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString; revision: ZodString }, $strict>,
      ZodObject<
        {
          dataset_name: ZodString;
          revision: ZodString;
          spec: ZodNullable<ZodString>;
          statements: ZodArray<
            ZodObject<
              {
                label: ZodString;
                phase: ZodEnum<{ after_commit: 'after_commit'; transaction: 'transaction' }>;
                sql: ZodString;
              },
              $strip
            >
          >;
          stored_at: ZodISODateTime;
          effective: ZodBoolean;
          sources: ZodArray<typeof sourceTypeSchema>;
        },
        $strip
      >,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-809' | 'DLI-818'>
      >,
      Record<never, never>
    >;
    ticks: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          dataset: ZodString;
          from: ZodOptional<ZodISODateTime>;
          to: ZodOptional<ZodISODateTime>;
          limit: ZodDefault<ZodPrefault<ZodPreprocess<ZodInt, number>>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof tickSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800' | 'DLI-814'>
      >,
      Record<never, never>
    >;
    explain: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString }, $strict>,
      typeof explanationSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800'>
      >,
      Record<never, never>
    >;
    explainRun: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ run_id: ZodString }, $strict>,
      typeof explanationSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    pause: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString; reason: ZodOptional<ZodString> }, $strict>,
      typeof workflowSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800' | 'DLI-807'>
      >,
      Record<never, never>
    >;
    unpause: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString; catchup: ZodOptional<ZodEnum<{ all: 'all'; latest: 'latest' }>> }, $strict>,
      typeof unpausedSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800' | 'DLI-807'>
      >,
      Record<never, never>
    >;
    sync: ContractProcedureBuilderWithInputOutput<
      ZodDefault<ZodObject<{ accept_deletions: ZodDefault<ZodBoolean> }, $strict>>,
      typeof syncSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    preview: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString; limit: ZodPrefault<ZodPreprocess<ZodInt, number>> }, $strict>,
      typeof previewSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800' | 'DLI-815' | 'DLI-816'
        >
      >,
      Record<never, never>
    >;
    register: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          spec: ZodString;
          file_name: ZodDefault<ZodString>;
          files: ZodDefault<ZodRecord<ZodString, ZodString>>;
          schedule: ZodDefault<
            ZodObject<
              {
                cron: ZodOptional<ZodString>;
                timezone: ZodOptional<ZodString>;
                enabled: ZodOptional<ZodBoolean>;
                retry_attempts: ZodOptional<ZodInt>;
                retry_delay_seconds: ZodOptional<ZodInt>;
              },
              $strict
            >
          >;
        },
        $strict
      >,
      typeof registeredSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          | 'DLI-400'
          | 'DLI-401'
          | 'DLI-403'
          | 'DLI-413'
          | 'DLI-429'
          | 'DLI-500'
          | 'DLI-801'
          | 'DLI-803'
          | 'DLI-804'
          | 'DLI-805'
          | 'DLI-806'
          | 'DLI-813'
          | 'DLI-815'
          | 'DLI-816'
        >
      >,
      Record<never, never>
    >;
    update: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          spec: ZodString;
          file_name: ZodDefault<ZodString>;
          files: ZodDefault<ZodRecord<ZodString, ZodString>>;
          schedule: ZodDefault<
            ZodObject<
              {
                cron: ZodOptional<ZodString>;
                timezone: ZodOptional<ZodString>;
                enabled: ZodOptional<ZodBoolean>;
                retry_attempts: ZodOptional<ZodInt>;
                retry_delay_seconds: ZodOptional<ZodInt>;
              },
              $strict
            >
          >;
          dataset: ZodString;
        },
        $strict
      >,
      typeof registeredSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          | 'DLI-400'
          | 'DLI-401'
          | 'DLI-403'
          | 'DLI-413'
          | 'DLI-429'
          | 'DLI-500'
          | 'DLI-800'
          | 'DLI-801'
          | 'DLI-803'
          | 'DLI-805'
          | 'DLI-806'
          | 'DLI-813'
          | 'DLI-815'
          | 'DLI-816'
        >
      >,
      Record<never, never>
    >;
    unregister: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          params: ZodObject<{ dataset: ZodString }, $strict>;
          query: ZodDefault<
            ZodObject<
              {
                force: ZodPrefault<
                  ZodUnion<
                    [
                      ZodPipe<
                        ZodEnum<{ 0: '0'; 1: '1'; false: 'false'; true: 'true' }>,
                        ZodTransform<boolean, '0' | '1' | 'false' | 'true'>
                      >,
                      ZodBoolean,
                    ]
                  >
                >;
              },
              $strict
            >
          >;
        },
        $strip
      >,
      ZodObject<{ dataset_name: ZodString; stopped_runs: ZodArray<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800' | 'DLI-803' | 'DLI-808'
        >
      >,
      Record<never, never>
    >;
    deploy: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          specs: ZodArray<
            ZodObject<
              { file_name: ZodString; spec: ZodString; files: ZodDefault<ZodRecord<ZodString, ZodString>> },
              $strict
            >
          >;
          prune: ZodDefault<ZodBoolean>;
          dry_run: ZodDefault<ZodBoolean>;
          allow_empty: ZodDefault<ZodBoolean>;
          commit: ZodDefault<ZodNullable<typeof deployCommitSchema>>;
        },
        $strict
      >,
      typeof workflowDeploySchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          | 'DLI-400'
          | 'DLI-401'
          | 'DLI-403'
          | 'DLI-413'
          | 'DLI-429'
          | 'DLI-500'
          | 'DLI-801'
          | 'DLI-804'
          | 'DLI-805'
          | 'DLI-807'
          | 'DLI-813'
          | 'DLI-815'
          | 'DLI-816'
        >
      >,
      Record<never, never>
    >;
  };
  backfill: {
    status: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ backfill_id: ZodString }, $strict>,
      typeof backfillSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    list: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          dataset_name: ZodOptional<ZodString>;
          status: ZodOptional<typeof runStatusSchema>;
          start_date: ZodOptional<ZodISODate>;
          end_date: ZodOptional<ZodISODate>;
          limit: ZodPrefault<ZodPreprocess<ZodInt, number>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof backfillSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    stop: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ backfill_id: ZodString; reason: ZodOptional<ZodString> }, $strict>,
      typeof backfillSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-807' | 'DLI-809'>
      >,
      Record<never, never>
    >;
    resume: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ backfill_id: ZodString; dataset_name: ZodOptional<ZodString> }, $strict>,
      ZodObject<
        {
          backfill_id: ZodString;
          dataset_name: ZodString;
          start_date: ZodISODate;
          end_date: ZodISODate;
          status: typeof runStatusSchema;
          total_runs: ZodInt;
          counts: ZodObject<
            { PENDING: ZodInt; RUNNING: ZodInt; COMPLETED: ZodInt; FAILED: ZodInt; KILLED: ZodInt },
            $strip
          >;
          parallel: ZodInt;
          reverse: ZodBoolean;
          continue_on_failure: ZodBoolean;
          only: ZodNullable<ZodEnum<{ failed: 'failed'; missing: 'missing' }>>;
          ticks: ZodBoolean;
          params: ZodRecord<ZodString, ZodJSONSchema>;
          revision: ZodString;
          created_at: ZodISODateTime;
          resumed_at: ZodNullable<ZodISODateTime>;
          finished_at: ZodNullable<ZodISODateTime>;
          requested_by: ZodString;
          reason: ZodNullable<ZodString>;
          stop_requested_at: ZodNullable<ZodISODateTime>;
          current_date: ZodNullable<ZodISODate>;
          current_dates: ZodArray<ZodISODate>;
          next_run_id: ZodNullable<ZodString>;
          failed_run_id: ZodNullable<ZodString>;
          resume_date: ZodNullable<ZodISODate>;
          slowest: ZodNullable<ZodObject<{ execution_date: ZodISODate; duration_seconds: ZodNumber }, $strip>>;
          failures: ZodArray<ZodObject<{ execution_date: ZodISODate; run_id: ZodString }, $strip>>;
          resumed_runs: ZodInt;
          previous_revision: ZodString;
          estimate: ZodNullable<
            ZodObject<
              { total_seconds: ZodNumber; seconds_per_date: ZodNumber; at_once: ZodInt; based_on_runs: ZodInt },
              $strip
            >
          >;
        },
        $strip
      >,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<
          | 'DLI-400'
          | 'DLI-401'
          | 'DLI-403'
          | 'DLI-413'
          | 'DLI-429'
          | 'DLI-500'
          | 'DLI-800'
          | 'DLI-806'
          | 'DLI-807'
          | 'DLI-809'
          | 'DLI-810'
          | 'DLI-811'
          | 'DLI-812'
        >
      >,
      Record<never, never>
    >;
  };
  notification: {
    list: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          dataset_name: ZodOptional<ZodString>;
          status: ZodOptional<typeof notificationStatusSchema>;
          limit: ZodPrefault<ZodPreprocess<ZodInt, number>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof notificationItemSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    resend: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ id: ZodString }, $strict>,
      typeof notificationItemSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-807' | 'DLI-817'>
      >,
      Record<never, never>
    >;
    resendAll: ContractProcedureBuilderWithInputOutput<
      ZodDefault<ZodObject<{ dataset_name: ZodOptional<ZodString> }, $strict>>,
      ZodObject<{ resent: ZodInt }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    test: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ dataset: ZodString }, $strict>,
      ZodObject<{ items: ZodArray<typeof notificationItemSchema> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-800' | 'DLI-807'>
      >,
      Record<never, never>
    >;
  };
  events: {
    follow: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          run_id: ZodOptional<ZodString>;
          backfill_id: ZodOptional<ZodString>;
          dataset_name: ZodOptional<ZodString>;
          kind: ZodOptional<ZodUnion<readonly [typeof eventKindSchema, ZodArray<typeof eventKindSchema>]>>;
          after: ZodOptional<ZodPreprocess<ZodInt, number>>;
        },
        $strict
      >,
      Schema<
        AsyncIteratorObject<
          | {
              seq: number;
              at: string;
              kind:
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
              dataset_name: string | null;
              run_id: string | null;
              backfill_id: string | null;
              actor: string;
              reason: string | null;
              data: Record<string, JSONType>;
            }
          | { kind: 'reset'; seq: number },
          unknown,
          void
        >,
        AsyncIteratorClass<
          | {
              seq: number;
              at: string;
              kind:
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
              dataset_name: string | null;
              run_id: string | null;
              backfill_id: string | null;
              actor: string;
              reason: string | null;
              data: Record<string, JSONType>;
            }
          | { kind: 'reset'; seq: number },
          unknown,
          void
        >
      >,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
  };
  token: {
    create: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        { name: ZodOptional<ZodString>; role: typeof roleSchema; expires_at: ZodDefault<ZodNullable<ZodISODateTime>> },
        $strict
      >,
      typeof createdTokenSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-804' | 'DLI-807'>
      >,
      Record<never, never>
    >;
    list: ContractProcedureBuilderWithInputOutput<
      ZodObject<
        {
          all: ZodOptional<
            ZodUnion<
              [
                ZodPipe<
                  ZodEnum<{ 0: '0'; 1: '1'; false: 'false'; true: 'true' }>,
                  ZodTransform<boolean, '0' | '1' | 'false' | 'true'>
                >,
                ZodBoolean,
              ]
            >
          >;
          limit: ZodPrefault<ZodPreprocess<ZodInt, number>>;
          cursor: ZodOptional<ZodString>;
        },
        $strict
      >,
      ZodObject<{ items: ZodArray<typeof tokenSchema>; next_cursor: ZodNullable<ZodString> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    revoke: ContractProcedureBuilderWithInputOutput<
      ZodObject<{ token_id: ZodString }, $strict>,
      typeof tokenSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-430' | 'DLI-500' | 'DLI-807'>
      >,
      Record<never, never>
    >;
  };
  system: {
    version: ContractProcedureBuilderWithOutput<
      Schema<unknown, unknown>,
      ZodObject<{ version: ZodString; api_version: ZodLiteral<'v1'> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    health: ContractProcedureBuilderWithOutput<
      Schema<unknown, unknown>,
      typeof serverStatusSchema,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500'>
      >,
      Record<never, never>
    >;
    ready: ContractProcedureBuilderWithOutput<
      Schema<unknown, unknown>,
      ZodObject<{ ready: ZodLiteral<true> }, $strip>,
      MergedErrorMap<
        Record<never, never>,
        RouteErrors<'DLI-400' | 'DLI-401' | 'DLI-403' | 'DLI-413' | 'DLI-429' | 'DLI-500' | 'DLI-816'>
      >,
      Record<never, never>
    >;
  };
};

/** Shape of a {@link CreatedToken} on the wire. */
export declare const createdTokenSchema: ZodObject<
  {
    token_id: ZodString;
    name: ZodString;
    role: typeof roleSchema;
    status: ZodEnum<{ active: 'active'; expired: 'expired'; revoked: 'revoked' }>;
    created_at: ZodISODateTime;
    created_by: ZodString;
    expires_at: ZodNullable<ZodISODateTime>;
    revoked_at: ZodNullable<ZodISODateTime>;
    revoked_by: ZodNullable<ZodString>;
    token: ZodString;
  },
  $strip
>;

/** Shape of a {@link DeployChange} on the wire. */
export declare const deployChangeSchema: ZodObject<
  {
    dataset_name: ZodString;
    file_name: ZodNullable<ZodString>;
    change: ZodEnum<{ changed: 'changed'; new: 'new'; removed: 'removed' }>;
    overrides_manual: ZodBoolean;
    frees_manual: ZodBoolean;
    paused: ZodNullable<ZodObject<{ at: ZodISODateTime; by: ZodString; reason: ZodNullable<ZodString> }, $strip>>;
    revision_before: ZodNullable<ZodString>;
    revision_after: ZodNullable<ZodString>;
    differences: ZodArray<typeof specDifferenceSchema>;
    ticks: typeof deployTicksSchema;
    warnings: ZodArray<ZodString>;
  },
  $strip
>;

/** Shape of a {@link DeployCommit} on the wire. */
export declare const deployCommitSchema: ZodObject<
  {
    sha: ZodString;
    ref: ZodDefault<ZodNullable<ZodString>>;
    dirty: ZodDefault<ZodNullable<ZodBoolean>>;
    url: ZodDefault<ZodNullable<ZodString>>;
  },
  $strict
>;

/** Shape of {@link DeployTicks} on the wire. */
export declare const deployTicksSchema: ZodObject<
  {
    next_before: ZodNullable<ZodISODateTime>;
    next_after: ZodNullable<ZodISODateTime>;
    day_before: ZodInt;
    day_after: ZodInt;
    text: ZodNullable<ZodString>;
  },
  $strip
>;

/** Shape of a {@link DryRun} on the wire. */
export declare const dryRunSchema: ZodObject<
  {
    dataset_name: ZodString;
    revision: ZodString;
    params: ZodRecord<ZodString, ZodJSONSchema>;
    execution_date: ZodNullable<ZodISODate>;
    statements: ZodArray<
      ZodObject<
        {
          label: ZodString;
          phase: ZodEnum<{ after_commit: 'after_commit'; transaction: 'transaction' }>;
          sql: ZodString;
          bound: ZodBoolean;
        },
        $strip
      >
    >;
    reads: ZodArray<ZodString>;
    writes: ZodArray<ZodString>;
    warnings: ZodArray<ZodString>;
  },
  $strip
>;

/** The body of every error answer. */
export declare const errorBodySchema: ZodObject<
  {
    hints: ZodArray<ZodString>;
    problems: ZodArray<
      ZodObject<
        { message: ZodString; file: ZodOptional<ZodString>; line: ZodOptional<ZodInt>; column: ZodOptional<ZodInt> },
        $strip
      >
    >;
    code: ZodString;
    message: ZodString;
  },
  $strip
>;

/** What an error answer carries besides its code and message. */
export declare const errorDataSchema: ZodObject<
  {
    hints: ZodArray<ZodString>;
    problems: ZodArray<
      ZodObject<
        { message: ZodString; file: ZodOptional<ZodString>; line: ZodOptional<ZodInt>; column: ZodOptional<ZodInt> },
        $strip
      >
    >;
  },
  $strip
>;

/** Shape of a {@link EventKind} on the wire. */
export declare const eventKindSchema: ZodEnum<{
  'backfill.completed': 'backfill.completed';
  'backfill.created': 'backfill.created';
  'backfill.failed': 'backfill.failed';
  'backfill.killed': 'backfill.killed';
  'backfill.resumed': 'backfill.resumed';
  'backfill.stop_requested': 'backfill.stop_requested';
  'code.deployed': 'code.deployed';
  'notification.given_up': 'notification.given_up';
  'notification.resend_requested': 'notification.resend_requested';
  'run.completed': 'run.completed';
  'run.created': 'run.created';
  'run.delay_shortened': 'run.delay_shortened';
  'run.failed': 'run.failed';
  'run.killed': 'run.killed';
  'run.lost': 'run.lost';
  'run.published': 'run.published';
  'run.retrying': 'run.retrying';
  'run.started': 'run.started';
  'run.stop_requested': 'run.stop_requested';
  'run.waiting': 'run.waiting';
  'server.clock_moved': 'server.clock_moved';
  'server.started': 'server.started';
  'spec_store.readable': 'spec_store.readable';
  'spec_store.unreadable': 'spec_store.unreadable';
  'tick.missed': 'tick.missed';
  'tick.skipped_overlap': 'tick.skipped_overlap';
  'tick.skipped_paused': 'tick.skipped_paused';
  'tick.taken_back': 'tick.taken_back';
  'token.created': 'token.created';
  'token.revoked': 'token.revoked';
  'workflow.paused': 'workflow.paused';
  'workflow.registered': 'workflow.registered';
  'workflow.spec_broken': 'workflow.spec_broken';
  'workflow.spec_mended': 'workflow.spec_mended';
  'workflow.unpaused': 'workflow.unpaused';
  'workflow.unregistered': 'workflow.unregistered';
  'workflow.updated': 'workflow.updated';
}>;

/** Shape of a {@link BasecampEvent} on the wire. */
export declare const eventSchema: ZodObject<
  {
    seq: ZodInt;
    at: ZodISODateTime;
    kind: typeof eventKindSchema;
    dataset_name: ZodNullable<ZodString>;
    run_id: ZodNullable<ZodString>;
    backfill_id: ZodNullable<ZodString>;
    actor: ZodString;
    reason: ZodNullable<ZodString>;
    data: ZodRecord<ZodString, ZodJSONSchema>;
  },
  $strip
>;

/** Shape of a {@link Explanation} on the wire. */
export declare const explanationSchema: ZodObject<
  {
    sentence: ZodString;
    facts: ZodArray<ZodObject<{ name: ZodString; value: ZodString }, $strip>>;
    command: ZodNullable<ZodString>;
  },
  $strip
>;

/** Shape of a {@link LogLine} on the wire. */
export declare const logLineSchema: ZodObject<{ at: ZodISODateTime; attempt: ZodInt; line: ZodString }, $strip>;

/** Shape of a {@link WorkflowNotification} on the wire. */
export declare const notificationItemSchema: ZodObject<
  {
    id: ZodString;
    kind: typeof notificationKindSchema;
    dataset_name: ZodString;
    run_id: ZodNullable<ZodString>;
    backfill_id: ZodNullable<ZodString>;
    type: typeof notificationTypeSchema;
    channel: ZodString;
    status: typeof notificationStatusSchema;
    title: ZodString;
    why: ZodString;
    command: ZodNullable<ZodString>;
    attempts: ZodInt;
    error: ZodNullable<ZodString>;
    next_attempt_at: ZodNullable<ZodISODateTime>;
    created_at: ZodISODateTime;
    finished_at: ZodNullable<ZodISODateTime>;
  },
  $strip
>;

/** Shape of a {@link NotificationKind} on the wire. */
export declare const notificationKindSchema: ZodEnum<{
  backfill: 'backfill';
  failure: 'failure';
  late: 'late';
  recovery: 'recovery';
  source_change: 'source_change';
  success: 'success';
  test: 'test';
}>;

/** Shape of a {@link NotificationConfig} on the wire. */
export declare const notificationSchema: ZodRecord<ZodString, ZodJSONSchema>;

/** Shape of a {@link NotificationStatus} on the wire. */
export declare const notificationStatusSchema: ZodEnum<{
  delivered: 'delivered';
  given_up: 'given_up';
  waiting: 'waiting';
}>;

/** Shape of a {@link NotificationType} on the wire. */
export declare const notificationTypeSchema: ZodEnum<{ email: 'email'; slack: 'slack'; webhook: 'webhook' }>;

/** A page of a list; `next_cursor` is null on the last one. */
export declare const pageOf: <Item extends z.ZodType>(
  item: Item,
) => ZodObject<{ items: ZodArray<Item>; next_cursor: ZodNullable<ZodString> }, $strip>;

/** Shape of a {@link WorkflowPreview} on the wire. */
export declare const previewSchema: ZodObject<
  {
    columns: ZodArray<ZodObject<{ name: ZodString; type: ZodString }, $strip>>;
    rows: ZodArray<ZodRecord<ZodString, ZodJSONSchema>>;
  },
  $strip
>;

/** Shape of a {@link RegisteredWorkflow} on the wire. */
export declare const registeredSchema: ZodObject<
  {
    dataset_name: ZodString;
    source_type: typeof sourceTypeSchema;
    status: typeof workflowStatusSchema;
    owner: ZodString;
    team: ZodString;
    description: ZodNullable<ZodString>;
    schedule: ZodNullable<typeof scheduleSchema>;
    next_run_at: ZodNullable<ZodISODateTime>;
    last_run: ZodNullable<typeof runSchema>;
    paused: ZodNullable<ZodObject<{ at: ZodISODateTime; by: ZodString; reason: ZodNullable<ZodString> }, $strip>>;
    spec_error: ZodNullable<ZodString>;
    revision: ZodString;
    registered_at: ZodISODateTime;
    updated_at: ZodISODateTime;
    warnings: ZodArray<ZodString>;
    reads: ZodArray<ZodString>;
    writes: ZodArray<ZodString>;
  },
  $strip
>;

/** Shape of a {@link RetryConfig} on the wire. */
export declare const retrySchema: ZodObject<{ max_attempts: ZodInt; delay_seconds: ZodNumber }, $strip>;

/** Shape of a {@link Role} on the wire: from what may do least to what may do all. */
export declare const roleSchema: ZodEnum<{
  admin: 'admin';
  deployer: 'deployer';
  operator: 'operator';
  viewer: 'viewer';
}>;

/** Shape of a {@link RunError} on the wire. */
export declare const runErrorSchema: ZodObject<
  {
    code: ZodString;
    message: ZodString;
    statement: ZodNullable<ZodString>;
    line: ZodNullable<ZodInt>;
    column: ZodNullable<ZodInt>;
  },
  $strip
>;

/** Shape of a {@link WorkflowRun} on the wire. */
export declare const runSchema: ZodObject<
  {
    run_id: ZodString;
    run_uid: ZodString;
    dataset_name: ZodString;
    source_type: typeof sourceTypeSchema;
    run_type: typeof runTypeSchema;
    status: typeof runStatusSchema;
    execution_date: ZodNullable<ZodISODate>;
    params: ZodRecord<ZodString, ZodJSONSchema>;
    revision: ZodString;
    attempt: ZodInt;
    max_attempts: ZodInt;
    created_at: ZodISODateTime;
    started_at: ZodNullable<ZodISODateTime>;
    finished_at: ZodNullable<ZodISODateTime>;
    duration_seconds: ZodNullable<ZodNumber>;
    triggered_by: ZodString;
    reason: ZodNullable<ZodString>;
    error: ZodNullable<typeof runErrorSchema>;
    published: ZodBoolean;
    backfill_id: ZodNullable<ZodString>;
    stop_requested_at: ZodNullable<ZodISODateTime>;
  },
  $strip
>;

/** Shape of a {@link RunStatus} on the wire. */
export declare const runStatusSchema: ZodEnum<{
  COMPLETED: 'COMPLETED';
  FAILED: 'FAILED';
  KILLED: 'KILLED';
  PENDING: 'PENDING';
  RUNNING: 'RUNNING';
}>;

/** Shape of a {@link RunType} on the wire. */
export declare const runTypeSchema: ZodEnum<{ adhoc: 'adhoc'; backfill: 'backfill'; scheduled: 'scheduled' }>;

/** Shape of a {@link ScheduleConfig} on the wire. */
export declare const scheduleSchema: ZodObject<
  {
    enabled: ZodBoolean;
    cron: ZodString;
    timezone: ZodString;
    retry: typeof retrySchema;
    execution_date: ZodEnum<{ previous_day: 'previous_day'; same_day: 'same_day' }>;
    catchup: ZodEnum<{ all: 'all'; latest: 'latest'; none: 'none' }>;
    overlap: ZodEnum<{ queue: 'queue'; skip: 'skip' }>;
    notifications: ZodNullable<ZodRecord<ZodString, ZodJSONSchema>>;
  },
  $strip
>;

/** Shape of a {@link ServerStatus} on the wire. */
export declare const serverStatusSchema: ZodObject<
  {
    version: ZodString;
    started_at: ZodISODateTime;
    pid: ZodInt;
    data_dir: ZodString;
    engine: ZodLiteral<'embedded'>;
    warehouses: ZodArray<ZodObject<{ name: ZodString; type: ZodString }, $strip>>;
    workflows: ZodInt;
    runs: ZodObject<{ PENDING: ZodInt; RUNNING: ZodInt }, $strip>;
    max_concurrent_runs: ZodInt;
    scheduler: ZodObject<
      {
        schedules: ZodInt;
        next_tick_at: ZodNullable<ZodISODateTime>;
        hold: ZodNullable<ZodObject<{ until: ZodISODateTime; reason: ZodString }, $strip>>;
      },
      $strip
    >;
    spec_store: ZodObject<
      {
        folder: ZodString;
        code_mode: ZodEnum<{ deploy: 'deploy'; folder: 'folder' }>;
        looked_at: ZodNullable<ZodISODateTime>;
        broken: ZodInt;
        troubles: ZodArray<ZodString>;
      },
      $strip
    >;
  },
  $strip
>;

/** Who owns a spec. */
export declare const sourceTypeSchema: ZodEnum<{ code: 'code'; manual: 'manual' }>;

/** Shape of a {@link SpecDifference} on the wire. */
export declare const specDifferenceSchema: ZodObject<
  {
    path: ZodString;
    kind: ZodEnum<{
      description: 'description';
      execution: 'execution';
      lineage: 'lineage';
      notification: 'notification';
      parameter: 'parameter';
      schedule: 'schedule';
      sql: 'sql';
    }>;
    before: ZodJSONSchema;
    after: ZodJSONSchema;
    cosmetic: ZodBoolean;
    text: ZodString;
    lines: ZodArray<ZodString>;
  },
  $strip
>;

/** Shape of a {@link StartedBackfill} on the wire. */
export declare const startedBackfillSchema: ZodObject<
  {
    backfill_id: ZodString;
    dataset_name: ZodString;
    start_date: ZodISODate;
    end_date: ZodISODate;
    status: typeof runStatusSchema;
    total_runs: ZodInt;
    counts: ZodObject<{ PENDING: ZodInt; RUNNING: ZodInt; COMPLETED: ZodInt; FAILED: ZodInt; KILLED: ZodInt }, $strip>;
    parallel: ZodInt;
    reverse: ZodBoolean;
    continue_on_failure: ZodBoolean;
    only: ZodNullable<ZodEnum<{ failed: 'failed'; missing: 'missing' }>>;
    ticks: ZodBoolean;
    params: ZodRecord<ZodString, ZodJSONSchema>;
    revision: ZodString;
    created_at: ZodISODateTime;
    resumed_at: ZodNullable<ZodISODateTime>;
    finished_at: ZodNullable<ZodISODateTime>;
    requested_by: ZodString;
    reason: ZodNullable<ZodString>;
    stop_requested_at: ZodNullable<ZodISODateTime>;
    current_date: ZodNullable<ZodISODate>;
    current_dates: ZodArray<ZodISODate>;
    next_run_id: ZodNullable<ZodString>;
    failed_run_id: ZodNullable<ZodString>;
    resume_date: ZodNullable<ZodISODate>;
    slowest: ZodNullable<ZodObject<{ execution_date: ZodISODate; duration_seconds: ZodNumber }, $strip>>;
    failures: ZodArray<ZodObject<{ execution_date: ZodISODate; run_id: ZodString }, $strip>>;
    run_ids: ZodArray<ZodString>;
    estimate: ZodNullable<
      ZodObject<
        { total_seconds: ZodNumber; seconds_per_date: ZodNumber; at_once: ZodInt; based_on_runs: ZodInt },
        $strip
      >
    >;
  },
  $strip
>;

/** Shape of a {@link StreamReset} on the wire. */
export declare const streamResetSchema: ZodObject<{ kind: ZodLiteral<'reset'>; seq: ZodInt }, $strip>;

/** Shape of a {@link SyncResult} on the wire. */
export declare const syncSchema: ZodObject<
  {
    added: ZodArray<ZodString>;
    updated: ZodArray<ZodString>;
    removed: ZodArray<ZodString>;
    unchanged: ZodInt;
    broken: ZodArray<ZodObject<{ dataset_name: ZodNullable<ZodString>; file: ZodString; error: ZodString }, $strip>>;
    held: ZodArray<ZodObject<{ dataset_name: ZodString; reason: ZodString }, $strip>>;
    busy: ZodArray<ZodString>;
    troubles: ZodArray<ZodString>;
    notes: ZodArray<ZodString>;
  },
  $strip
>;

/** Shape of a {@link TickOutcome} on the wire. */
export declare const tickOutcomeSchema: ZodEnum<{
  missed: 'missed';
  run: 'run';
  skipped_overlap: 'skipped_overlap';
  skipped_paused: 'skipped_paused';
}>;

/** Shape of a {@link WorkflowTick} on the wire. */
export declare const tickSchema: ZodObject<
  {
    scheduled_at: ZodISODateTime;
    local_time: ZodString;
    execution_date: ZodISODate;
    outcome: ZodNullable<typeof tickOutcomeSchema>;
    run_id: ZodNullable<ZodString>;
    reason: ZodNullable<ZodString>;
    note: ZodNullable<ZodString>;
  },
  $strip
>;

/** Shape of an {@link AccessToken} on the wire. */
export declare const tokenSchema: ZodObject<
  {
    token_id: ZodString;
    name: ZodString;
    role: typeof roleSchema;
    status: ZodEnum<{ active: 'active'; expired: 'expired'; revoked: 'revoked' }>;
    created_at: ZodISODateTime;
    created_by: ZodString;
    expires_at: ZodNullable<ZodISODateTime>;
    revoked_at: ZodNullable<ZodISODateTime>;
    revoked_by: ZodNullable<ZodString>;
  },
  $strip
>;

/** Shape of an {@link UnpausedWorkflow} on the wire. */
export declare const unpausedSchema: ZodObject<
  {
    dataset_name: ZodString;
    source_type: typeof sourceTypeSchema;
    status: typeof workflowStatusSchema;
    owner: ZodString;
    team: ZodString;
    description: ZodNullable<ZodString>;
    schedule: ZodNullable<typeof scheduleSchema>;
    next_run_at: ZodNullable<ZodISODateTime>;
    last_run: ZodNullable<typeof runSchema>;
    paused: ZodNullable<ZodObject<{ at: ZodISODateTime; by: ZodString; reason: ZodNullable<ZodString> }, $strip>>;
    spec_error: ZodNullable<ZodString>;
    revision: ZodString;
    registered_at: ZodISODateTime;
    updated_at: ZodISODateTime;
    skipped_ticks: ZodNullable<
      ZodObject<
        { count: ZodInt; first_date: ZodISODate; last_date: ZodISODate; command: ZodNullable<ZodString> },
        $strip
      >
    >;
    run_ids: ZodArray<ZodString>;
  },
  $strip
>;

/** Shape of a {@link WorkflowDeploy} on the wire. */
export declare const workflowDeploySchema: ZodObject<
  {
    deploy_id: ZodNullable<ZodString>;
    release: ZodNullable<ZodString>;
    dry_run: ZodBoolean;
    applied: ZodBoolean;
    commit: ZodNullable<typeof deployCommitSchema>;
    changes: ZodArray<typeof deployChangeSchema>;
    unchanged: ZodArray<ZodString>;
    kept: ZodInt;
    warnings: ZodArray<ZodString>;
  },
  $strip
>;

/** Shape of a {@link WorkflowDetail} on the wire. */
export declare const workflowDetailSchema: ZodObject<
  {
    dataset_name: ZodString;
    source_type: typeof sourceTypeSchema;
    status: typeof workflowStatusSchema;
    owner: ZodString;
    team: ZodString;
    description: ZodNullable<ZodString>;
    schedule: ZodNullable<typeof scheduleSchema>;
    next_run_at: ZodNullable<ZodISODateTime>;
    last_run: ZodNullable<typeof runSchema>;
    paused: ZodNullable<ZodObject<{ at: ZodISODateTime; by: ZodString; reason: ZodNullable<ZodString> }, $strip>>;
    spec_error: ZodNullable<ZodString>;
    revision: ZodString;
    registered_at: ZodISODateTime;
    updated_at: ZodISODateTime;
    registrations: ZodArray<
      ZodObject<
        {
          source_type: typeof sourceTypeSchema;
          revision: ZodString;
          effective: ZodBoolean;
          file: ZodNullable<ZodString>;
          spec_error: ZodNullable<ZodString>;
          registered_at: ZodISODateTime;
          updated_at: ZodISODateTime;
        },
        $strip
      >
    >;
    parameters: ZodArray<
      ZodObject<
        {
          name: ZodString;
          type: ZodString;
          required: ZodBoolean;
          default: ZodJSONSchema;
          description: ZodNullable<ZodString>;
        },
        $strip
      >
    >;
    tags: ZodArray<ZodString>;
    domains: ZodArray<ZodString>;
    warehouse: ZodString;
    dialect: ZodNullable<ZodString>;
    timeout_seconds: ZodNumber;
    statements: ZodArray<
      ZodObject<
        {
          label: ZodString;
          phase: ZodEnum<{ after_commit: 'after_commit'; transaction: 'transaction' }>;
          sql: ZodString;
        },
        $strip
      >
    >;
    reads: ZodArray<ZodString>;
    writes: ZodArray<ZodString>;
    read_by: ZodArray<ZodString>;
    last_runs: ZodArray<typeof runSchema>;
    last_ticks: ZodArray<typeof tickSchema>;
    next_ticks: ZodArray<typeof tickSchema>;
    explanation: typeof explanationSchema;
  },
  $strip
>;

/** Shape of a {@link WorkflowInfo} on the wire. */
export declare const workflowSchema: ZodObject<
  {
    dataset_name: ZodString;
    source_type: typeof sourceTypeSchema;
    status: typeof workflowStatusSchema;
    owner: ZodString;
    team: ZodString;
    description: ZodNullable<ZodString>;
    schedule: ZodNullable<typeof scheduleSchema>;
    next_run_at: ZodNullable<ZodISODateTime>;
    last_run: ZodNullable<typeof runSchema>;
    paused: ZodNullable<ZodObject<{ at: ZodISODateTime; by: ZodString; reason: ZodNullable<ZodString> }, $strip>>;
    spec_error: ZodNullable<ZodString>;
    revision: ZodString;
    registered_at: ZodISODateTime;
    updated_at: ZodISODateTime;
  },
  $strip
>;

/** Shape of a {@link WorkflowStatus} on the wire. */
export declare const workflowStatusSchema: ZodEnum<{ active: 'active'; overridden: 'overridden'; paused: 'paused' }>;
