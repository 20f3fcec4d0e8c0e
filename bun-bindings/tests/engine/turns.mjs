// biome-ignore-all lint/suspicious/noThenProperty: promises meet such objects.
// biome-ignore-all lint/correctness/useYield: generators without one are a case of their own.
/**
 * Asynchronous code of every kind. How many turns of the microtask queue each takes decides in which order the parts of a
 * workflow go on, so it must be as many as on the engine of Node.
 *
 * Each gets a function that notes something, together with the number of the turn.
 */
const scenarios = {
  async awaitPlain(n) {
    await 1;
    n('a');
    await Promise.resolve(2);
    n('b');
  },
  async awaitThenable(n) {
    await {
      then(r) {
        n('then');
        r(1);
      },
    };
    n('a');
  },
  async returnPromise(n) {
    const f = async () => Promise.resolve(1);
    await f();
    n('a');
  },
  async returnAwait(n) {
    const f = async () => await Promise.resolve(1);
    await f();
    n('a');
  },
  async returnThenable(n) {
    const f = async () => ({
      then(r) {
        r(1);
      },
    });
    await f();
    n('a');
  },
  async resolvePromise(n) {
    await new Promise((r) => r(Promise.resolve(1)));
    n('a');
  },
  async thenReturnsPromise(n) {
    await Promise.resolve().then(() => Promise.resolve(1));
    n('a');
  },
  async all(n) {
    await Promise.all([1, Promise.resolve(2), (async () => 3)()]);
    n('a');
  },
  async allEmpty(n) {
    await Promise.all([]);
    n('a');
  },
  async allSettled(n) {
    await Promise.allSettled([1, Promise.reject(2), (async () => 3)()]);
    n('a');
  },
  async any(n) {
    await Promise.any([Promise.reject(1), Promise.resolve(2)]);
    n('a');
  },
  async anyRejects(n) {
    try {
      await Promise.any([Promise.reject(1), Promise.reject(2)]);
    } catch {
      n('a');
    }
  },
  async anyEmpty(n) {
    try {
      await Promise.any([]);
    } catch {
      n('a');
    }
  },
  async race(n) {
    await Promise.race([new Promise(() => {}), (async () => 1)()]);
    n('a');
  },
  async finallyOk(n) {
    await Promise.resolve(1).finally(() => n('f'));
    n('a');
  },
  async finallyPromise(n) {
    await Promise.resolve(1).finally(() => Promise.resolve());
    n('a');
  },
  async finallyRejected(n) {
    try {
      await Promise.reject(1).finally(() => {});
    } catch {
      n('a');
    }
  },
  async withResolvers(n) {
    let r;
    const p = new Promise((x) => {
      r = x;
    });
    r(1);
    await p;
    n('a');
  },
  async subclass(n) {
    class P extends Promise {}
    await P.resolve(1);
    n('a');
    await new P((r) => r(P.resolve(1)));
    n('b');
  },
  async forAwaitArray(n) {
    for await (const x of [1, 2]) n(x);
    n('end');
  },
  async forAwaitPromises(n) {
    for await (const x of [Promise.resolve(1), Promise.resolve(2)]) n(x);
    n('end');
  },
  async forAwaitSyncGen(n) {
    for await (const x of (function* () {
      yield 1;
      yield Promise.resolve(2);
    })())
      n(x);
    n('end');
  },
  async forAwaitAsyncGen(n) {
    for await (const x of (async function* () {
      yield 1;
      yield Promise.resolve(2);
      return 3;
    })())
      n(x);
    n('end');
  },
  async forAwaitBreak(n) {
    for await (const x of (async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        n('fin');
      }
    })()) {
      n(x);
      break;
    }
    n('end');
  },
  async forAwaitBreakAwaiting(n) {
    for await (const x of (async function* () {
      try {
        yield 1;
      } finally {
        await 0;
        n('fin');
      }
    })()) {
      n(x);
      break;
    }
    n('end');
  },
  async forAwaitThrow(n) {
    try {
      for await (const x of (async function* () {
        yield 1;
        throw 2;
      })())
        n(x);
    } catch (e) {
      n(`c${e}`);
    }
  },
  async forAwaitSyncRejected(n) {
    try {
      for await (const x of [Promise.reject(1)]) n(x);
    } catch (e) {
      n(`c${e}`);
    }
  },
  async forAwaitCustom(n) {
    let i = 0;
    for await (const x of {
      [Symbol.asyncIterator]() {
        return { next: () => Promise.resolve({ value: ++i, done: i > 2 }) };
      },
    })
      n(x);
    n('end');
  },
  async forAwaitCustomPlain(n) {
    let i = 0;
    for await (const x of {
      [Symbol.asyncIterator]() {
        return { next: () => ({ value: ++i, done: i > 2 }) };
      },
    })
      n(x);
    n('end');
  },
  async genNext(n) {
    const g = (async function* () {
      n('s');
      yield 1;
      yield 2;
    })();
    n((await g.next()).value);
    n((await g.next()).value);
    n((await g.next()).done);
    n((await g.next()).done);
  },
  async genQueued(n) {
    const g = (async function* () {
      yield 1;
      yield 2;
    })();
    await Promise.all([
      g.next().then((r) => n(r.value)),
      g.next().then((r) => n(r.value)),
      g.next().then((r) => n(r.done)),
    ]);
    n('end');
  },
  async genReturn(n) {
    const g = (async function* () {
      yield 1;
    })();
    await g.next();
    n((await g.return(5)).value);
    n('end');
  },
  async genReturnFresh(n) {
    const g = (async function* () {
      yield 1;
    })();
    n((await g.return(5)).value);
    n('end');
  },
  async genReturnPromise(n) {
    const g = (async function* () {
      yield 1;
    })();
    await g.next();
    n((await g.return(Promise.resolve(5))).value);
    n('end');
  },
  async genThrow(n) {
    const g = (async function* () {
      try {
        yield 1;
      } catch (e) {
        yield `c${e}`;
      }
    })();
    await g.next();
    n((await g.throw(5)).value);
    n('end');
  },
  async genReturnStatement(n) {
    const g = (async function* () {
      return Promise.resolve(1);
    })();
    n((await g.next()).value);
    n('end');
  },
  async genReturnPlain(n) {
    const g = (async function* () {
      return 1;
    })();
    n((await g.next()).value);
    n('end');
  },
  async genYieldPromise(n) {
    const g = (async function* () {
      yield Promise.resolve(1);
    })();
    n((await g.next()).value);
    n('end');
  },
  async genYieldRejected(n) {
    const g = (async function* () {
      try {
        yield Promise.reject(1);
      } catch {
        yield 'c';
      }
    })();
    n((await g.next()).value);
    n('end');
  },
  async starAsync(n) {
    const inner = async function* () {
      yield 1;
      yield 2;
      return 3;
    };
    for await (const x of (async function* () {
      n(`r${yield* inner()}`);
      yield 4;
    })())
      n(x);
    n('end');
  },
  async starAsyncDeep(n) {
    const a = async function* () {
      yield 1;
      yield 2;
    };
    const b = async function* () {
      yield* a();
    };
    for await (const x of (async function* () {
      yield* b();
    })())
      n(x);
    n('end');
  },
  async starAsyncAwaiting(n) {
    const a = async function* () {
      await 0;
      yield 1;
      await 0;
      yield 2;
    };
    for await (const x of (async function* () {
      yield* a();
    })())
      n(x);
    n('end');
  },
  async starSync(n) {
    for await (const x of (async function* () {
      yield* [1, 2];
    })())
      n(x);
    n('end');
  },
  async starSyncPromises(n) {
    for await (const x of (async function* () {
      yield* [Promise.resolve(1), Promise.resolve(2)];
    })())
      n(x);
    n('end');
  },
  async starCustom(n) {
    let i = 0;
    const it = {
      [Symbol.asyncIterator]() {
        return { next: () => Promise.resolve({ value: ++i, done: i > 2 }) };
      },
    };
    for await (const x of (async function* () {
      yield* it;
    })())
      n(x);
    n('end');
  },
  async starCustomPlain(n) {
    let i = 0;
    const it = {
      [Symbol.asyncIterator]() {
        return { next: () => ({ value: ++i, done: i > 2 }) };
      },
    };
    for await (const x of (async function* () {
      yield* it;
    })())
      n(x);
    n('end');
  },
  async starReturn(n) {
    const a = async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        n('fin');
      }
    };
    const g = (async function* () {
      yield* a();
    })();
    n((await g.next()).value);
    n((await g.return(9)).value);
    n('end');
  },
  async starReturnAwaiting(n) {
    const a = async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        await 0;
        n('fin');
      }
    };
    const g = (async function* () {
      yield* a();
    })();
    n((await g.next()).value);
    n((await g.return(Promise.resolve(9))).value);
    n('end');
  },
  async starThrow(n) {
    const a = async function* () {
      try {
        yield 1;
      } catch (e) {
        yield `c${e}`;
      }
    };
    const g = (async function* () {
      yield* a();
    })();
    n((await g.next()).value);
    n((await g.throw(9)).value);
    n((await g.next()).done);
  },
  async starBreak(n) {
    const a = async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        n('fin');
      }
    };
    for await (const x of (async function* () {
      yield* a();
    })()) {
      n(x);
      break;
    }
    n('end');
  },
  async starReturnNone(n) {
    const it = {
      [Symbol.asyncIterator]() {
        return { next: async () => ({ value: 1, done: false }) };
      },
    };
    const g = (async function* () {
      yield* it;
    })();
    n((await g.next()).value);
    n((await g.return(9)).value);
    n('end');
  },
  async starThrowNone(n) {
    const it = {
      [Symbol.asyncIterator]() {
        return {
          next: async () => ({ value: 1, done: false }),
          return: async () => {
            n('ret');
            return {};
          },
        };
      },
    };
    const g = (async function* () {
      yield* it;
    })();
    n((await g.next()).value);
    try {
      await g.throw(9);
    } catch (e) {
      n(e.name);
    }
    n('end');
  },
  async starSyncReturn(n) {
    const a = function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        n('fin');
      }
    };
    const g = (async function* () {
      yield* a();
    })();
    n((await g.next()).value);
    n((await g.return(9)).value);
    n('end');
  },
  async starSyncThrow(n) {
    const a = function* () {
      try {
        yield 1;
      } catch (e) {
        yield `c${e}`;
      }
    };
    const g = (async function* () {
      yield* a();
    })();
    n((await g.next()).value);
    n((await g.throw(9)).value);
    n('end');
  },
  async nestedAsync(n) {
    const f = async (d) => {
      if (d > 0) await f(d - 1);
    };
    await f(3);
    n('a');
  },
  async throwing(n) {
    const f = async () => {
      throw 1;
    };
    try {
      await f();
    } catch {
      n('a');
    }
  },
  async rejectHandled(n) {
    await Promise.reject(1).catch(() => {});
    n('a');
    await Promise.reject(1).then(0, () => 2);
    n('b');
  },
  async thenPass(n) {
    await Promise.resolve(1).then();
    n('a');
  },
  async promiseProtoThen(n) {
    const then = Promise.prototype.then;
    n(typeof then);
    await then.call(Promise.resolve(1), () => Promise.resolve(2));
    n('a');
  },
  async awaitOfPatchedPromise(n) {
    const p = Promise.resolve(1);
    Object.defineProperty(p, 'then', {
      value(a, b) {
        n('own then');
        return Promise.prototype.then.call(this, a, b);
      },
    });
    await p;
    n('a');
  },
  async awaitConstructor(n) {
    const p = Promise.resolve(1);
    p.constructor = class extends Promise {};
    await p;
    n('a');
  },
  async spread(n) {
    const [a, b] = await Promise.all([
      (async () => {
        await 0;
        return 1;
      })(),
      (async () => {
        await 0;
        await 0;
        return 2;
      })(),
    ]);
    n(a + b);
  },
  async allOfThenables(n) {
    await Promise.all([
      {
        then(r) {
          n('t');
          r(1);
        },
      },
    ]);
    n('a');
  },
  async allOfSubclass(n) {
    class P extends Promise {}
    await Promise.all([P.resolve(1)]);
    n('a');
    await P.all([1]);
    n('b');
    await P.race([1]);
    n('c');
    await P.allSettled([1]);
    n('d');
    await P.any([1]);
    n('e');
  },
  async staticResolve(n) {
    const p = Promise.resolve(1);
    n(Promise.resolve(p) === p);
    class P extends Promise {}
    await Promise.resolve(P.resolve(1));
    n('a');
  },
  async asyncArrowInReduce(n) {
    await [1, 2, 3].reduce(async (m, x) => {
      await m;
      n(x);
    }, Promise.resolve());
    n('end');
  },
  async awaitInFinally(n) {
    const f = async () => {
      try {
        return 1;
      } finally {
        await 0;
      }
    };
    await f();
    n('a');
  },
};

/** Resolves with the notes of the scenarios, a line for each. */
export async function turnsTaken() {
  const lines = [];
  for (const [name, run] of Object.entries(scenarios)) {
    const seen = [];
    let turn = 0;
    let isOver = false;
    const note = (what) => seen.push(`${turn}:${String(what)}`);
    const count = (async () => {
      while (!isOver) {
        await null;
        turn++;
      }
    })();
    await run(note).then(
      () => note('done'),
      (error) => note(`failed ${error}`),
    );
    isOver = true;
    await count;
    lines.push(`${name} ${seen.join(' ')}`);
  }
  return lines;
}
