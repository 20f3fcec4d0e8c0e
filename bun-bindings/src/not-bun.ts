/** Stands for the package where it is loaded by something else than Bun. */
throw new Error('temporal-bun-sdk runs on Bun only: start the worker with "bun worker.ts". See https://bun.sh');
