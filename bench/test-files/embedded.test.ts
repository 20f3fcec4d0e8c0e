// The test on the server inside of the process.
import { useTestEnvironment } from 'temporal-bun-sdk/testing';
import { greets } from './greets.ts';

greets(useTestEnvironment({ embedded: true }));
