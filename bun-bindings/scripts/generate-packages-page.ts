/** Writes docs/packages.md. It needs the packages of tests/packages, which `make test` installs. */
import { groups, type PackageCase } from '../tests/packages/cases.ts';
import { outcomesOf } from '../tests/packages/outcomes.ts';
import { PAGE, packagesPage } from '../tests/packages/page.ts';
import { removeProjects } from '../tests/support/temporary-project.ts';

await Bun.write(PAGE, await packagesPage((group) => outcomesOf(groups[group] as PackageCase[])));
removeProjects();
