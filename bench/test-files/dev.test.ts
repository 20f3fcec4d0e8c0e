// The test on the dev server.
import { useTestEnvironment } from 'temporal-bun-sdk/testing';
import { greets } from './greets.ts';

greets(useTestEnvironment());
