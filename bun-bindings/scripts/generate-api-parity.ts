/** Writes docs/api-parity.md. It needs the packages of tests/upstream, which `make test` installs. */
import { apiParityPage, PAGE } from '../tests/api/api-parity.ts';

await Bun.write(PAGE, apiParityPage());
