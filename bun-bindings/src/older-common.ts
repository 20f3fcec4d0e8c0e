/** Functions of `@temporalio/common` that its older versions lack, with what these did in their place. */
import * as common from '@temporalio/common';

/** Since 1.23. Before, no activity had options of its own. */
export const isActivityFunctionWithOptions: typeof common.isActivityFunctionWithOptions =
  common.isActivityFunctionWithOptions ?? ((_value: unknown): _value is never => false);

/** Since 1.22. Before, payloads had no type information. */
export const fromPayloadWithTypeInfo: typeof common.fromPayloadWithTypeInfo =
  common.fromPayloadWithTypeInfo ?? ((converter, payload, context) => converter.fromPayload(payload, context));
