// Runs packages outside of workflows, in the folder of their project: plain.ts MODULE... prints a line of JSON for each.
for (const module of process.argv.slice(2)) {
  let printed: { value: string } | { error: string };
  try {
    const { call } = await import(`${process.cwd()}/${module}`);
    printed = { value: JSON.stringify(await call()) ?? 'undefined' };
  } catch (error) {
    printed = { error: `${error}` };
  }
  console.log(JSON.stringify(printed));
}
// Packages may have left timers.
process.exit();
