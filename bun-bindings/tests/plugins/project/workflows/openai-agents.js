import { Agent, tool } from '@openai/agents-core';
import { TemporalOpenAIRunner } from '@temporalio/openai-agents/workflow';
import { z } from 'zod';

export async function main(city) {
  const called = [];
  const weather = tool({
    name: 'weather',
    description: 'Tells the weather',
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      called.push(city);
      return 'blue';
    },
  });
  const agent = new Agent({ name: 'Meteorologist', instructions: 'Ask the tool', model: 'fake', tools: [weather] });
  const { finalOutput, lastAgent } = await new TemporalOpenAIRunner().run(agent, `How is the weather in ${city}?`);
  return { finalOutput, agent: lastAgent.name, called };
}
