export * from '@temporalio/worker/testing';
