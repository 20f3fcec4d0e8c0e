/** The end of a `temporal-bun` process. */
export interface Ended {
  exitCode: number;
  output: string;
  errors: string;
}

const program = `${import.meta.dir}/../../bin/temporal-bun.ts`;

/** Runs `temporal-bun` to its end, as a user does. */
export async function runTemporalBun(
  args: string[],
  { cwd = process.cwd(), env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = Bun.spawn([process.execPath, program, ...args], {
    cwd,
    // No profile of whoever runs the tests.
    env: { ...process.env, XDG_CONFIG_HOME: import.meta.dir, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, output, errors };
}
