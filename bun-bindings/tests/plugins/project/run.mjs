/**
 * Runs a case and prints the value that it gives as JSON, on Bun with this package or on Node with `@temporalio/worker`:
 *
 *     ADDRESS=localhost:7233 bun run.mjs ai-sdk
 */
const [name] = process.argv.slice(2);
const { run } = await import(`./cases/${name}.mjs`);
console.log(`value ${JSON.stringify(await run(process.env.ADDRESS))}`);
process.exit();
