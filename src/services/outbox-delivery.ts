/**
 * Delivers what waits in the outbox, after the commits that wrote it. A target is *idle* while nothing waits for it, *at work*
 * while a message is under way (one at a time, in order), or *asleep* until its next attempt or until it may get another
 * message. Targets know nothing of each other, and runs nothing of them.
 */
import type { NotificationType } from '../contract/notifications.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { type NotificationTarget, targetKey } from '../core/notification.ts';
import {
  type DeliveryFailure,
  decidePace,
  digestLimit,
  messagesAMinute,
  nextDeliveryAt,
} from '../core/notification-pace.ts';
import type { OutgoingMessage, Sender } from '../notify/sender.ts';
import { appendEvent } from '../store/queries/events.ts';
import {
  lastMessages,
  markAlone,
  markDelivered,
  markGivenUp,
  markTried,
  type OutboxRecord,
  targetsAfter,
  waitingFor,
  waitingTargets,
} from '../store/queries/outbox.ts';
import type { Database, Transaction } from '../store/sqlite.ts';

/** What the delivery is made of. */
export interface DeliveryOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How each type is sent; what has no sender is not configured. */
  readonly senders: Readonly<Partial<Record<NotificationType, Sender>>>;
  /** 0 to 1; spreads attempts. */
  readonly random: () => number;
  readonly onTrouble: (error: unknown, doing: string) => void;
}

interface Lane {
  readonly target: NotificationTarget;
  /** The server has just started: whatever kept the target from answering may be over, so its next attempt is now. */
  isFresh: boolean;
  timer?: Timer | undefined;
  working?: Promise<void> | undefined;
}

/** Deliveries at the same time, so that many targets that hang do not take all of the server's sockets. */
const mostAtWork = 200;
const minuteMs = 60_000;
/** What could not be stored (a full disk) is tried again this much later; it may be sent a second time then. */
const againMs = 1_000;
/** What is under way when the server closes has this long; after that it is sent again at the next start. */
const closeGraceMs = 2_000;

/** Delivers notifications: each at least once, those of a target in order. */
export class OutboxDelivery {
  readonly #options: DeliveryOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that wait because {@link mostAtWork} are at work. */
  readonly #ready = new Set<Lane>();
  readonly #closing = new AbortController();
  #atWork = 0;
  #seen = 0;
  #leave: (() => void) | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The types that can be sent. */
  get configured(): readonly NotificationType[] {
    return (['slack', 'email', 'webhook'] as const).filter((type) => this.#options.senders[type] !== undefined);
  }

  /** Begins to deliver: what waits, and from now on what every commit adds. */
  start(): void {
    const { database } = this.#options;
    this.#seen = targetsAfter(database, 0).last;
    this.#leave = database.onCommit(() => this.#look());
    for (const target of waitingTargets(database)) this.#wake(target, true);
  }

  /** Looks at what waits for a target. Call it after the commit that let something wait again. */
  wake(target: NotificationTarget): void {
    this.#wake(target, false);
  }

  /** Sends nothing more, and waits a little for what is under way. */
  async close(): Promise<void> {
    this.#leave?.();
    this.#leave = undefined;
    for (const { timer } of this.#lanes.values()) timer?.cancel();
    const working = Promise.all([...this.#lanes.values()].flatMap((lane) => lane.working ?? []));
    const deadline = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(closeGraceMs, deadline.resolve);
    await Promise.race([working, deadline.promise]);
    timer.cancel();
    this.#closing.abort();
    await working;
  }

  #wake(target: NotificationTarget, isFresh: boolean): void {
    if (!this.#leave) return;
    const key = targetKey(target);
    const lane = this.#lanes.get(key) ?? { target, isFresh };
    this.#lanes.set(key, lane);
    this.#serve(lane);
  }

  #look(): void {
    const { targets, last } = targetsAfter(this.#options.database, this.#seen);
    this.#seen = last;
    for (const target of targets) this.wake(target);
  }

  #serve(lane: Lane): void {
    if (lane.working !== undefined) return;
    lane.timer?.cancel();
    lane.timer = undefined;
    if (this.#atWork >= mostAtWork) {
      this.#ready.add(lane);
      return;
    }
    this.#atWork += 1;
    lane.working = this.#serveAll(lane)
      .catch((error: unknown) => {
        this.#options.onTrouble(error, 'delivering notifications');
        return this.#options.clock.now() + againMs;
      })
      .then((wakeAt) => {
        lane.working = undefined;
        this.#atWork -= 1;
        this.#rest(lane, wakeAt);
        const [next] = this.#ready;
        if (!next) return;
        this.#ready.delete(next);
        this.#serve(next);
      });
  }

  #rest(lane: Lane, wakeAt: number | null): void {
    if (!this.#leave) return;
    if (wakeAt !== null) lane.timer = this.#options.clock.at(wakeAt, () => this.#serve(lane));
    else if (waitingFor(this.#options.database, lane.target, 1).length > 0) this.#serve(lane);
    else this.#lanes.delete(targetKey(lane.target));
  }

  /** Sends what waits, message after message; tells when there is more to do (epoch ms), or null when nothing waits. */
  async #serveAll(lane: Lane): Promise<number | null> {
    const { database, clock } = this.#options;
    const { target } = lane;
    while (this.#leave) {
      const waiting = waitingFor(database, target, digestLimit);
      const [head] = waiting;
      if (!head) return null;
      const now = clock.now();
      if (head.dueAt > now && !lane.isFresh) return head.dueAt;
      const sentAt = lastMessages(database, target, { since: now - minuteMs, limit: messagesAMinute });
      const pace = decidePace({ waiting, sentAt, now });
      if (pace.kind === 'wait') return pace.at;
      lane.isFresh = false;
      await this.#deliver(target, [head, ...waiting.slice(1, pace.count)]);
    }
    return null;
  }

  async #deliver(target: NotificationTarget, records: readonly [OutboxRecord, ...OutboxRecord[]]): Promise<void> {
    const { database } = this.#options;
    const failure = await this.#send(target, { channel: target.channel, notifications: records });
    // What the server's own end has cut off is no attempt.
    if (failure && this.#closing.signal.aborted) return;
    await database.write((transaction) => this.#store(transaction, records, failure));
  }

  async #send({ type }: NotificationTarget, message: OutgoingMessage): Promise<DeliveryFailure | undefined> {
    const sender = this.#options.senders[type];
    if (sender) return sender(message, this.#closing.signal);
    return { kind: 'refused', error: `notifications.${type} is not configured on the server` };
  }

  #store(transaction: Transaction, records: readonly OutboxRecord[], failure: DeliveryFailure | undefined): void {
    const { clock, random } = this.#options;
    const now = clock.now();
    const seqs = records.map(({ seq }) => seq);
    if (!failure) markDelivered(transaction, seqs, now);
    else if (failure.kind === 'refused' && records.length > 1) markAlone(transaction, seqs, failure.error);
    else {
      const share = random();
      for (const record of records) storeFailure(transaction, record, { failure, now, random: share });
    }
  }
}

function storeFailure(
  transaction: Transaction,
  record: OutboxRecord,
  { failure, now, random }: { readonly failure: DeliveryFailure; readonly now: number; readonly random: number },
): void {
  const { seq, attempts, waitingSince } = record;
  const { error } = failure;
  const dueAt = nextDeliveryAt({ failure, attempts: attempts + 1, createdAt: waitingSince, now, random });
  if (dueAt !== null) {
    markTried(transaction, [seq], { error, dueAt });
    return;
  }
  markGivenUp(transaction, [seq], { error, at: now });
  const { id, type, channel, dataset, runId, backfillId } = record;
  appendEvent(transaction, {
    at: now,
    kind: 'notification.given_up',
    dataset,
    runId,
    backfillId,
    actor: 'notifier',
    reason: error,
    data: { id, type, channel },
  });
}
