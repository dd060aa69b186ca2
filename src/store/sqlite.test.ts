import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Database, type Transaction } from './sqlite.ts';
import { makeFolder } from './store-fixture.suite.ts';

function open(file = join(makeFolder(), 'state.sqlite')): Database {
  const database = new Database(file);
  onTestFinished(() => database.close());
  database.execute('CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text TEXT)');
  return database;
}

const insert = (database: Database, n: number, text: string | null = null) =>
  database.write((transaction) => transaction.run('INSERT INTO t (n, text) VALUES (?, ?)', [n, text]));
const numbers = (database: Database) => database.all<{ n: number }>('SELECT n FROM t ORDER BY n').map(({ n }) => n);

describe('writes that arrive together', () => {
  it('share one commit, and each gets its own result', async () => {
    const database = open();
    let commits = 0;
    database.onCommit(() => {
      commits += 1;
    });
    expect(await Promise.all([1, 2, 3].map((n) => insert(database, n)))).toEqual([1, 1, 1]);
    expect(commits).toBe(1);
  });

  it('are joined by those of the next turns of the event loop, as long as each brings some and not for ever', async () => {
    const database = open();
    const sizes: number[] = [];
    database.onCommit(({ writes }) => sizes.push(writes));
    const writes: Promise<number>[] = [];
    await new Promise<void>((resolve) => {
      const turn = () => {
        writes.push(insert(database, writes.length));
        if (writes.length < 12) setImmediate(turn);
        else resolve();
      };
      turn();
    });
    await Promise.all(writes);
    expect(sizes[0]).toBeGreaterThan(1);
    expect(sizes.length).toBeGreaterThan(1);
    expect(numbers(database)).toHaveLength(12);
  });

  it('are more than one commit when there are very many, in their order', async () => {
    const database = open();
    let commits = 0;
    database.onCommit(() => {
      commits += 1;
    });
    const order: number[] = [];
    await Promise.all(Array.from({ length: 1_201 }, (_, n) => insert(database, n).then(() => order.push(n))));
    expect(order).toEqual(Array.from({ length: 1_201 }, (_, n) => n));
    expect(commits).toBe(3);
  });

  it('go before one that gives way, which does so once and is then committed with whatever comes', async () => {
    const database = open();
    const order: string[] = [];
    database.onCommit(({ writes }) => order.push(`commit of ${writes}`));
    const note = (name: string) => (transaction: Transaction) => {
      transaction.run('INSERT INTO t (text) VALUES (?)', [name]);
      order.push(name);
    };
    const long = [1, 2].map((n) => database.write(note(`long ${n}`), { givesWay: true }));
    const later = database.write(note('short')).then(() => database.write(note('later')));
    await Promise.all([...long, later]);
    expect(order).toEqual(['short', 'commit of 1', 'long 1', 'long 2', 'later', 'commit of 3']);
    await database.write(note('alone'), { givesWay: true });
    expect(order.slice(6)).toEqual(['alone', 'commit of 1']);
  });

  it('go before one that gives way only once, however many there are', async () => {
    const database = open();
    let commits = 0;
    const leave = database.onCommit(() => {
      commits += 1;
    });
    // More than a commit takes, each with a successor.
    const short = async () => {
      while (commits < 20) await database.write((transaction) => transaction.run('INSERT INTO t (text) VALUES (1)'));
    };
    const all = Array.from({ length: 1_600 }, short);
    const before = await database.write(() => commits, { givesWay: true });
    commits = 20;
    leave();
    await Promise.all(all);
    expect(before).toBe(1);
  });

  it('one that throws is undone alone, with everything that it had changed', async () => {
    const database = open();
    const boom = new TypeError('boom');
    const broken = database.write((transaction) => {
      transaction.run('INSERT INTO t (n) VALUES (100)');
      throw boom;
    });
    const results = await Promise.allSettled([insert(database, 1), broken, insert(database, 1), insert(database, 2)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: boom });
    expect(numbers(database)).toEqual([1, 2]);
  });

  it('see what the earlier ones changed, before it is committed', async () => {
    const database = open();
    const seen = database.write((transaction) => transaction.all<{ n: number }>('SELECT n FROM t').length);
    const [, second] = await Promise.all([insert(database, 1), database.write((t) => t.all('SELECT n FROM t').length)]);
    expect([await seen, second]).toEqual([0, 1]);
  });
});

describe('writes that may be repeated', () => {
  const repeatable = { repeatable: true };
  const insertAgain = (database: Database, n: number, applied: number[]) =>
    database.write((transaction) => {
      applied.push(n);
      transaction.ifUndone(() => applied.push(-n));
      return transaction.run('INSERT INTO t (n) VALUES (?)', [n]);
    }, repeatable);

  it('are applied once when none throws after a change', async () => {
    const database = open();
    const applied: number[] = [];
    const first = insertAgain(database, 1, applied);
    const early = database.write((transaction) => {
      transaction.ifUndone(() => applied.push(-2));
      transaction.get('SELECT 1');
      throw new TypeError('before any change');
    }, repeatable);
    const results = await Promise.allSettled([first, early, insertAgain(database, 3, applied)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(applied).toEqual([1, -2, 3]);
    expect(numbers(database)).toEqual([1, 3]);
  });

  it.each([
    ['run', (transaction: Transaction) => transaction.run('INSERT INTO t (n) VALUES (100)')],
    ['get', (transaction: Transaction) => transaction.get('INSERT INTO t (n) VALUES (100) RETURNING n')],
    ['all', (transaction: Transaction) => transaction.all('INSERT INTO t (n) VALUES (100) RETURNING n')],
  ])('are undone and applied again, all but the one that threw after a change: %s', async (_name, change) => {
    const database = open();
    const applied: number[] = [];
    const called: string[] = [];
    const first = insertAgain(database, 1, applied);
    const broken = database.write((transaction) => {
      change(transaction);
      transaction.afterCommit(() => called.push('broken'));
      throw new TypeError('boom');
    }, repeatable);
    const good = database.write((transaction) => transaction.afterCommit(() => called.push('good')), repeatable);
    const results = await Promise.allSettled([
      first,
      broken,
      insertAgain(database, 1, applied),
      good,
      insertAgain(database, 2, applied),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(results[1]).toMatchObject({ reason: new TypeError('boom') });
    // The first pass ends with the throw; in the second the repeated number is undone alone.
    expect(applied).toEqual([1, -1, 1, 1, -1, 2]);
    expect(called).toEqual(['good']);
    expect(numbers(database)).toEqual([1, 2]);
  });

  it('share a commit with others', async () => {
    const database = open();
    let commits = 0;
    database.onCommit(() => {
      commits += 1;
    });
    await Promise.all([insertAgain(database, 1, []), insert(database, 2), insertAgain(database, 3, [])]);
    expect(commits).toBe(1);
  });
});

describe('afterCommit', () => {
  it('is called once the change is durable: another connection sees it', async () => {
    const file = join(makeFolder(), 'state.sqlite');
    const database = open(file);
    const other = open(file);
    let seen: readonly number[] = [];
    await database.write((transaction) => {
      transaction.run('INSERT INTO t (n) VALUES (1)');
      expect(numbers(other)).toEqual([]);
      transaction.afterCommit(() => {
        seen = numbers(other);
      });
    });
    expect(seen).toEqual([1]);
  });

  it('that throws keeps no other listener from what was committed', async () => {
    const troubles: unknown[] = [];
    const database = new Database(join(makeFolder(), 'state.sqlite'), { onTrouble: (error) => troubles.push(error) });
    onTestFinished(() => database.close());
    const told: string[] = [];
    database.onCommit(() => told.push('follower'));
    await database.write((transaction) => {
      transaction.afterCommit(() => {
        throw new TypeError('a bug');
      });
      transaction.afterCommit(() => told.push('listener'));
    });
    expect(told).toEqual(['listener', 'follower']);
    expect(troubles).toEqual([new TypeError('a bug')]);
  });

  it('syncs every commit to the disk before it answers', () => {
    expect(open().get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  });

  it('is not called for a write that was undone', async () => {
    const database = open();
    const called: string[] = [];
    const broken = database.write((transaction) => {
      transaction.afterCommit(() => called.push('broken'));
      throw new TypeError('boom');
    });
    const good = database.write((transaction) => transaction.afterCommit(() => called.push('good')));
    await Promise.allSettled([broken, good]);
    expect(called).toEqual(['good']);
  });

  it('a follower that left is called no more', async () => {
    const database = open();
    let called = 0;
    const leave = database.onCommit(() => {
      called += 1;
    });
    await insert(database, 1);
    leave();
    await insert(database, 2);
    expect(called).toBe(1);
  });
});

describe('close', () => {
  it('applies and answers what is queued', async () => {
    const file = join(makeFolder(), 'state.sqlite');
    const database = new Database(file);
    database.execute('CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)');
    const writes = Array.from({ length: 1_100 }, (_, n) => insert(database, n));
    database.close();
    expect(await Promise.all(writes)).toHaveLength(1_100);
    expect(numbers(open(file))).toHaveLength(1_100);
  });

  it('refuses later writes one by one instead of taking the process down', async () => {
    const database = new Database(join(makeFolder(), 'state.sqlite'));
    database.close();
    await expect(database.write(() => 1)).rejects.toMatchObject({ code: 'DLI-500' });
    database.close();
  });
});

describe('a full disk', () => {
  // SQLite answers the same (SQLITE_FULL) when its file may not grow: a full disk that works on every machine.
  function full(): Database {
    const database = open();
    database.execute(`PRAGMA max_page_count = 12`);
    return database;
  }
  const big = 'x'.repeat(100_000);

  it('refuses the write with DLI-500, changes nothing and calls nobody', async () => {
    const database = full();
    await insert(database, 1);
    let called = 0;
    const write = database.write((transaction) => {
      transaction.run('INSERT INTO t (n) VALUES (2)');
      transaction.run('INSERT INTO t (n, text) VALUES (3, ?)', [big]);
      transaction.afterCommit(() => {
        called += 1;
      });
    });
    await expect(write).rejects.toMatchObject({
      code: 'DLI-500',
      message: expect.stringContaining('nothing was changed'),
    });
    expect(numbers(database)).toEqual([1]);
    expect(called).toBe(0);
  });

  it('refuses all writes of the commit alike: none of them was acknowledged', async () => {
    const database = full();
    const results = await Promise.allSettled([insert(database, 1), insert(database, 2, big), insert(database, 3)]);
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'DLI-500',
      'DLI-500',
      'DLI-500',
    ]);
    expect(numbers(database)).toEqual([]);
  });

  it('refuses all writes that may be repeated alike', async () => {
    const database = full();
    const undone: number[] = [];
    const write = (n: number, text?: string) =>
      database.write(
        (transaction) => {
          transaction.ifUndone(() => undone.push(n));
          transaction.run('INSERT INTO t (n, text) VALUES (?, ?)', [n, text ?? null]);
        },
        { repeatable: true },
      );
    const results = await Promise.allSettled([write(1), write(2, big), write(3)]);
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'DLI-500',
      'DLI-500',
      'DLI-500',
    ]);
    expect(undone).toEqual([2, 1]);
    expect(numbers(database)).toEqual([]);
  });

  it('undoes what was done outside of the state, the last thing first, and only that', async () => {
    const database = full();
    const undone: number[] = [];
    const write = (n: number, text?: string) =>
      database.write((transaction) => {
        transaction.ifUndone(() => undone.push(n));
        transaction.run('INSERT INTO t (n, text) VALUES (?, ?)', [n, text ?? null]);
        if (n === 2) throw new TypeError('for a reason of its own');
      });
    await Promise.allSettled([write(1), write(2)]);
    expect(undone).toEqual([2]);
    await Promise.allSettled([write(3), write(4), write(5, big)]);
    expect(undone).toEqual([2, 5, 4, 3]);
    expect(numbers(database)).toEqual([1]);
  });

  it('goes on once there is space again', async () => {
    const database = full();
    await expect(insert(database, 1, big)).rejects.toMatchObject({ code: 'DLI-500' });
    database.execute('PRAGMA max_page_count = 100000');
    await insert(database, 1, big);
    expect(numbers(database)).toEqual([1]);
  });
});

it('a page that was damaged refuses the write with DLI-500 and hints at a restore, not at the disk', async () => {
  const file = join(makeFolder(), 'state.sqlite');
  const database = open(file);
  for (let n = 0; n < 10; n += 1) await insert(database, n, 'x'.repeat(1_000));
  database.close();
  // The first page holds the schema; the table's own begin with the second.
  writeFileSync(file, readFileSync(file).fill(0xa5, 4_096));
  const damaged = open(file);
  const refusals = await Promise.allSettled([insert(damaged, 20), insert(damaged, 21)]);
  for (const refusal of [...refusals, ...(await Promise.allSettled([insert(damaged, 22)]))]) {
    expect(refusal).toMatchObject({
      reason: {
        code: 'DLI-500',
        message: expect.stringMatching(/damaged, so nothing was changed/),
        hints: [expect.stringContaining('Restore')],
      },
    });
  }
});

describe('a file that is no state file', () => {
  it.each([
    ['text', Buffer.from('this is not a database, and it is long enough to be taken for one, several times over')],
    ['noise', Buffer.alloc(8_192, 0xa5)],
  ])('%s is refused with DLI-505 and left alone', (_name, content) => {
    const file = join(makeFolder(), 'state.sqlite');
    writeFileSync(file, content);
    expect(() => new Database(file)).toThrow(
      expect.objectContaining({ code: 'DLI-505', message: expect.stringContaining(file) }),
    );
    expect(readFileSync(file)).toEqual(content);
  });

  it('a header with a destroyed schema is refused with DLI-505', () => {
    const file = join(makeFolder(), 'state.sqlite');
    const sqlite = new DatabaseSync(file);
    sqlite.exec('CREATE TABLE t (n)');
    sqlite.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 100, 4_096));
    expect(() => new Database(file)).toThrow(expect.objectContaining({ code: 'DLI-505' }));
  });

  it('a folder is refused with DLI-505', () => {
    expect(() => new Database(makeFolder())).toThrow(expect.objectContaining({ code: 'DLI-505' }));
  });
});
