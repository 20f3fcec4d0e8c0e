import { temporalProvider } from '@temporalio/ai-sdk/workflow';
import { generateText, isStepCount, tool } from 'ai';
import { z } from 'zod';

export async function main(city) {
  const called = [];
  const weather = tool({
    description: 'Tells the weather',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      called.push(city);
      return { sky: 'blue' };
    },
  });
  const { text, steps } = await generateText({
    model: temporalProvider.languageModel('fake'),
    prompt: `How is the weather in ${city}?`,
    tools: { weather },
    stopWhen: isStepCount(5),
  });
  return { text, steps: steps.map(({ finishReason }) => finishReason), called, streams: typeof TransformStream };
}
