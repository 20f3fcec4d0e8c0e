import { TemporalAgent, workflow } from '@temporalio/strands-agents';
import { z } from 'zod';

export async function main(city) {
  const agent = new TemporalAgent({
    model: 'fake',
    activityOptions: { startToCloseTimeout: '10s' },
    printer: false,
    tools: [
      workflow.activityAsTool('weather', {
        description: 'Tells the weather',
        inputSchema: z.object({ city: z.string() }),
        activityOptions: { startToCloseTimeout: '10s' },
      }),
    ],
  });
  const { lastMessage, stopReason } = await agent.invoke(`How is the weather in ${city}?`);
  return { text: lastMessage.content[0].text, stopReason };
}
