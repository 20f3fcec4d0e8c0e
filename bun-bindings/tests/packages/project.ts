import { TemporaryProject } from '../support/temporary-project.ts';
import type { PackageCase } from './cases.ts';

/** Compiles decorators as the packages for them need it. */
const tsconfig = { compilerOptions: { target: 'ES2022', experimentalDecorators: true, emitDecoratorMetadata: true } };

/** Values that a workflow has got from a package. */
export interface Seen {
  /** The JSON of the call's value before and after a pause. */
  values: string[];
  /** The same of the random value. */
  random: string[];
}

/** The module of a package in a project, which exports `call`. */
export const moduleOf = ({ name }: PackageCase): string => `./${name.replace(/\W/g, '_')}.ts`;

/**
 * Writes a project in which `packages` are installed, with a module for each and a workflow `main(name)`. The workflow imports
 * the package by `import()`, so that one that cannot be evaluated leaves the others alone.
 */
export function writeProject(packages: readonly PackageCase[]): TemporaryProject {
  const imports = packages.map((each) => `${JSON.stringify(each.name)}: () => import('${moduleOf(each)}'),`);
  const project = new TemporaryProject({
    'tsconfig.json': tsconfig,
    'workflows.ts': `
      import { sleep } from '@temporalio/workflow';
      const packages = { ${imports.join('\n')} };
      export async function main(name) {
        const { call, random } = await packages[name]();
        const seen = { values: [], random: [] };
        const look = async () => {
          seen.values.push(JSON.stringify(await call()) ?? 'undefined');
          if (random) seen.random.push(JSON.stringify(random()));
        };
        await look();
        await sleep(1);
        await look();
        return seen;
      }`,
  });
  project.linkTo('node_modules', `${import.meta.dir}/node_modules`);
  for (const each of packages) {
    const random = each.random === undefined ? '' : `\nexport const random = () => (${each.random});`;
    const code = `${each.imports}\nexport const call = async (): Promise<unknown> => (${each.call});${random}\n`;
    project.write({ [moduleOf(each)]: code });
  }
  return project;
}
