/**
 * Writes the library bundle of workflow bundles, which this package comes with. `scripts/install-packages bun-bindings` and
 * packing the package run it. It is used as long as nothing has changed that it was made from.
 */

import { buildLibrary } from '../src/workflow/bundling/build-library.ts';
import { ownSources } from '../src/workflow/bundling/bundle-dependencies.ts';
import { writePrebuiltLibrary } from '../src/workflow/bundling/prebuilt-library.ts';
import { commonModules } from '../src/workflow/bundling/shared-modules.ts';

const built = await buildLibrary(commonModules(), []);
await writePrebuiltLibrary({ ...built, inputs: [...built.inputs, ...ownSources()] });
