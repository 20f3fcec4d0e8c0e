import { version } from '../package.json' with { type: 'json' };

/** The module `lib/pkg` of `@temporalio/worker`, from which tools read its version. */
export default { name: 'temporal-bun-sdk', version };
