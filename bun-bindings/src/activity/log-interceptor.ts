import type { Context } from '@temporalio/activity';
import { type Logger, SdkComponent } from '@temporalio/common';
import { LoggerWithComposedMetadata } from '@temporalio/common/lib/logger';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '../interceptors.ts';
import { Runtime } from '../runtime/index.ts';
import { activityLogAttributes } from './activity-info.ts';

/**
 * Sends log lines of activities to a separate logger, if one is given or the class is extended.
 *
 * @deprecated The start and end of activities are always logged. Intercept `getLogAttributes` to change the attributes,
 * and set `Runtime.install({ logger })` to send lines elsewhere.
 */
export class ActivityInboundLogInterceptor implements ActivityInboundCallsInterceptor {
  protected readonly logger: Logger;

  constructor(
    protected readonly ctx: Context,
    logger?: Logger,
  ) {
    const runtimeLogger = Runtime.instance().logger;
    this.logger = logger ?? runtimeLogger;
    if (this.logger === runtimeLogger && Object.getPrototypeOf(this) === ActivityInboundLogInterceptor.prototype)
      return;
    ctx.log = LoggerWithComposedMetadata.compose(this.logger, () => ({
      sdkComponent: SdkComponent.activity,
      ...this.logAttributes(),
    }));
  }

  protected logAttributes(): Record<string, unknown> {
    return activityLogAttributes(this.ctx.info);
  }

  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    return next(input);
  }
}
