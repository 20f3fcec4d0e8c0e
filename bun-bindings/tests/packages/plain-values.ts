import type { PackageCase } from './cases.ts';
import { moduleOf, writeProject } from './project.ts';

/** Calls the packages outside of workflows, in a process of their own. Gives the JSON of each value by the package's name. */
export async function plainValues(packages: readonly PackageCase[]): Promise<Map<string, string>> {
  const { root } = writeProject(packages);
  const command = [process.execPath, `${import.meta.dir}/plain.ts`, ...packages.map(moduleOf)];
  // Bun reads the tsconfig of the folder that it starts in.
  const child = Bun.spawn(command, { cwd: root, stdout: 'pipe', stderr: 'inherit' });
  const printed = (await new Response(child.stdout).text()).trim().split('\n');
  return new Map(
    packages.map(({ name }, index) => {
      const { value, error } = JSON.parse(printed[index] ?? '{}');
      if (value === undefined) throw new Error(`${name} does not run outside of workflows: ${error}`);
      return [name, value];
    }),
  );
}
