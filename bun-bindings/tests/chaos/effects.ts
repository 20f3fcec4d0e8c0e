import { Database } from 'bun:sqlite';
import type { Server } from 'bun';

/** An activity's effect on the world outside. */
export interface Effect {
  runId: string;
  activityId: string;
}

/**
 * Writes the effects of activities to a database, over HTTP since all workers' processes have them written. An effect that comes
 * again is counted.
 */
export class Effects implements Disposable {
  readonly #database: Database;
  readonly #server: Server<undefined>;

  constructor(path: string) {
    const database = new Database(path, { create: true });
    database.run('CREATE TABLE effects (runId TEXT, activityId TEXT, times INTEGER, PRIMARY KEY (runId, activityId))');
    const write = database.query(
      'INSERT INTO effects VALUES ($runId, $activityId, 1) ON CONFLICT DO UPDATE SET times = times + 1',
    );
    this.#database = database;
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        const { runId, activityId } = (await request.json()) as Effect;
        write.run({ $runId: runId, $activityId: activityId });
        return new Response();
      },
    });
  }

  get url(): string {
    return this.#server.url.href;
  }

  /** Number of times that an effect was had. */
  times({ runId, activityId }: Effect): number {
    const row = this.#database
      .query<{ times: number }, [string, string]>('SELECT times FROM effects WHERE runId = ? AND activityId = ?')
      .get(runId, activityId);
    return row?.times ?? 0;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
    this.#database.close();
  }
}
