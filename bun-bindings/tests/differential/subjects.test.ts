import { expect, test } from 'bun:test';
import { generateSubjects } from './subjects.ts';

test('what goes on beside a cancellation from outside does not depend on when that comes', () => {
  const cancelled = generateSubjects(500, 1)
    .map(({ program }) => program)
    .filter(({ steps }) => steps.some((step) => step.do === 'cancelledFromOutside'));
  const updates = cancelled.flatMap(({ inputs }) => inputs.filter((input) => input.send === 'update'));
  expect(updates.length).toBeGreaterThan(0);
  for (const { steps } of updates) for (const step of steps) expect(step.do).toBe('shield');
});

test('what is asked to cancel is waited for, so that it ends on each server before the program does', () => {
  const programs = JSON.stringify(generateSubjects(200, 1));
  expect(programs).toContain('WAIT_CANCELLATION_COMPLETED');
  expect(programs).not.toContain('TRY_CANCEL');
});
