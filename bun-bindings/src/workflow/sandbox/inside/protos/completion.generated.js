/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";
import { oneOfGetter, oneOfSetter } from './one-of.ts';

const $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error;

const $root = $protobuf.roots["workflow_completion"] || ($protobuf.roots["workflow_completion"] = {});

export const coresdk = $root.coresdk = (() => {

    const coresdk = {};

    coresdk.workflow_completion = (function() {

        const workflow_completion = {};

        workflow_completion.WorkflowActivationCompletion = (function() {

            const WorkflowActivationCompletion = function (properties) {
                this.runId = "";
                this.payloadDownloadMetrics = null;
                this.payloadUploadMetrics = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            let $oneOfFields;

            $Object.defineProperty(WorkflowActivationCompletion.prototype, "status", {
                get: oneOfGetter($oneOfFields = ["successful", "failed"]),
                set: oneOfSetter($oneOfFields)
            });

            WorkflowActivationCompletion.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.runId != null && $Object.hasOwnProperty.call(message, "runId") && message.runId !== "")
                    writer.uint32(10).string(message.runId);
                if (message.successful != null && $Object.hasOwnProperty.call(message, "successful"))
                    $root.coresdk.workflow_completion.Success.encode(message.successful, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.failed != null && $Object.hasOwnProperty.call(message, "failed"))
                    $root.coresdk.workflow_completion.Failure.encode(message.failed, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.payloadDownloadMetrics != null && $Object.hasOwnProperty.call(message, "payloadDownloadMetrics"))
                    $root.coresdk.common.ExternalStorageMetrics.encode(message.payloadDownloadMetrics, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.payloadUploadMetrics != null && $Object.hasOwnProperty.call(message, "payloadUploadMetrics"))
                    $root.coresdk.common.ExternalStorageMetrics.encode(message.payloadUploadMetrics, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return WorkflowActivationCompletion;
        })();

        workflow_completion.Success = (function() {

            const Success = function (properties) {
                this.versioningBehavior = 0;
                this.commands = [];
                this.usedInternalFlags = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            Success.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.commands != null && message.commands.length)
                    for (let i = 0; i < message.commands.length; ++i)
                        $root.coresdk.workflow_commands.WorkflowCommand.encode(message.commands[i], writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.usedInternalFlags != null && message.usedInternalFlags.length)
                    writer.uint32(50).uint32s(message.usedInternalFlags);
                if (message.versioningBehavior != null && $Object.hasOwnProperty.call(message, "versioningBehavior") && message.versioningBehavior !== 0)
                    writer.uint32(56).int32(message.versioningBehavior);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return Success;
        })();

        workflow_completion.Failure = (function() {

            const Failure = function (properties) {
                this.failure = null;
                this.forceCause = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            Failure.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                    $root.temporal.api.failure.v1.Failure.encode(message.failure, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.forceCause != null && $Object.hasOwnProperty.call(message, "forceCause") && message.forceCause !== 0)
                    writer.uint32(16).int32(message.forceCause);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return Failure;
        })();

        return workflow_completion;
    })();

    coresdk.workflow_commands = (function() {

        const workflow_commands = {};

        workflow_commands.WorkflowCommand = (function() {

            const WorkflowCommand = function (properties) {
                this.userMetadata = null;
                this.eventGroupMarkers = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            let $oneOfFields;

            $Object.defineProperty(WorkflowCommand.prototype, "variant", {
                get: oneOfGetter($oneOfFields = ["startTimer", "scheduleActivity", "respondToQuery", "requestCancelActivity", "cancelTimer", "completeWorkflowExecution", "failWorkflowExecution", "continueAsNewWorkflowExecution", "cancelWorkflowExecution", "setPatchMarker", "startChildWorkflowExecution", "cancelChildWorkflowExecution", "requestCancelExternalWorkflowExecution", "signalExternalWorkflowExecution", "cancelSignalWorkflow", "scheduleLocalActivity", "requestCancelLocalActivity", "upsertWorkflowSearchAttributes", "modifyWorkflowProperties", "updateResponse", "scheduleNexusOperation", "requestCancelNexusOperation"]),
                set: oneOfSetter($oneOfFields)
            });

            WorkflowCommand.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.startTimer != null && $Object.hasOwnProperty.call(message, "startTimer"))
                    $root.coresdk.workflow_commands.StartTimer.encode(message.startTimer, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.scheduleActivity != null && $Object.hasOwnProperty.call(message, "scheduleActivity"))
                    $root.coresdk.workflow_commands.ScheduleActivity.encode(message.scheduleActivity, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.respondToQuery != null && $Object.hasOwnProperty.call(message, "respondToQuery"))
                    $root.coresdk.workflow_commands.QueryResult.encode(message.respondToQuery, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.requestCancelActivity != null && $Object.hasOwnProperty.call(message, "requestCancelActivity"))
                    $root.coresdk.workflow_commands.RequestCancelActivity.encode(message.requestCancelActivity, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.cancelTimer != null && $Object.hasOwnProperty.call(message, "cancelTimer"))
                    $root.coresdk.workflow_commands.CancelTimer.encode(message.cancelTimer, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.completeWorkflowExecution != null && $Object.hasOwnProperty.call(message, "completeWorkflowExecution"))
                    $root.coresdk.workflow_commands.CompleteWorkflowExecution.encode(message.completeWorkflowExecution, writer.uint32(50).fork(), _depth + 1).ldelim();
                if (message.failWorkflowExecution != null && $Object.hasOwnProperty.call(message, "failWorkflowExecution"))
                    $root.coresdk.workflow_commands.FailWorkflowExecution.encode(message.failWorkflowExecution, writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.continueAsNewWorkflowExecution != null && $Object.hasOwnProperty.call(message, "continueAsNewWorkflowExecution"))
                    $root.coresdk.workflow_commands.ContinueAsNewWorkflowExecution.encode(message.continueAsNewWorkflowExecution, writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.cancelWorkflowExecution != null && $Object.hasOwnProperty.call(message, "cancelWorkflowExecution"))
                    $root.coresdk.workflow_commands.CancelWorkflowExecution.encode(message.cancelWorkflowExecution, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.setPatchMarker != null && $Object.hasOwnProperty.call(message, "setPatchMarker"))
                    $root.coresdk.workflow_commands.SetPatchMarker.encode(message.setPatchMarker, writer.uint32(82).fork(), _depth + 1).ldelim();
                if (message.startChildWorkflowExecution != null && $Object.hasOwnProperty.call(message, "startChildWorkflowExecution"))
                    $root.coresdk.workflow_commands.StartChildWorkflowExecution.encode(message.startChildWorkflowExecution, writer.uint32(90).fork(), _depth + 1).ldelim();
                if (message.cancelChildWorkflowExecution != null && $Object.hasOwnProperty.call(message, "cancelChildWorkflowExecution"))
                    $root.coresdk.workflow_commands.CancelChildWorkflowExecution.encode(message.cancelChildWorkflowExecution, writer.uint32(98).fork(), _depth + 1).ldelim();
                if (message.requestCancelExternalWorkflowExecution != null && $Object.hasOwnProperty.call(message, "requestCancelExternalWorkflowExecution"))
                    $root.coresdk.workflow_commands.RequestCancelExternalWorkflowExecution.encode(message.requestCancelExternalWorkflowExecution, writer.uint32(106).fork(), _depth + 1).ldelim();
                if (message.signalExternalWorkflowExecution != null && $Object.hasOwnProperty.call(message, "signalExternalWorkflowExecution"))
                    $root.coresdk.workflow_commands.SignalExternalWorkflowExecution.encode(message.signalExternalWorkflowExecution, writer.uint32(114).fork(), _depth + 1).ldelim();
                if (message.cancelSignalWorkflow != null && $Object.hasOwnProperty.call(message, "cancelSignalWorkflow"))
                    $root.coresdk.workflow_commands.CancelSignalWorkflow.encode(message.cancelSignalWorkflow, writer.uint32(122).fork(), _depth + 1).ldelim();
                if (message.scheduleLocalActivity != null && $Object.hasOwnProperty.call(message, "scheduleLocalActivity"))
                    $root.coresdk.workflow_commands.ScheduleLocalActivity.encode(message.scheduleLocalActivity, writer.uint32(130).fork(), _depth + 1).ldelim();
                if (message.requestCancelLocalActivity != null && $Object.hasOwnProperty.call(message, "requestCancelLocalActivity"))
                    $root.coresdk.workflow_commands.RequestCancelLocalActivity.encode(message.requestCancelLocalActivity, writer.uint32(138).fork(), _depth + 1).ldelim();
                if (message.upsertWorkflowSearchAttributes != null && $Object.hasOwnProperty.call(message, "upsertWorkflowSearchAttributes"))
                    $root.coresdk.workflow_commands.UpsertWorkflowSearchAttributes.encode(message.upsertWorkflowSearchAttributes, writer.uint32(146).fork(), _depth + 1).ldelim();
                if (message.modifyWorkflowProperties != null && $Object.hasOwnProperty.call(message, "modifyWorkflowProperties"))
                    $root.coresdk.workflow_commands.ModifyWorkflowProperties.encode(message.modifyWorkflowProperties, writer.uint32(154).fork(), _depth + 1).ldelim();
                if (message.updateResponse != null && $Object.hasOwnProperty.call(message, "updateResponse"))
                    $root.coresdk.workflow_commands.UpdateResponse.encode(message.updateResponse, writer.uint32(162).fork(), _depth + 1).ldelim();
                if (message.scheduleNexusOperation != null && $Object.hasOwnProperty.call(message, "scheduleNexusOperation"))
                    $root.coresdk.workflow_commands.ScheduleNexusOperation.encode(message.scheduleNexusOperation, writer.uint32(170).fork(), _depth + 1).ldelim();
                if (message.requestCancelNexusOperation != null && $Object.hasOwnProperty.call(message, "requestCancelNexusOperation"))
                    $root.coresdk.workflow_commands.RequestCancelNexusOperation.encode(message.requestCancelNexusOperation, writer.uint32(178).fork(), _depth + 1).ldelim();
                if (message.userMetadata != null && $Object.hasOwnProperty.call(message, "userMetadata"))
                    $root.temporal.api.sdk.v1.UserMetadata.encode(message.userMetadata, writer.uint32(802).fork(), _depth + 1).ldelim();
                if (message.eventGroupMarkers != null && message.eventGroupMarkers.length)
                    for (let i = 0; i < message.eventGroupMarkers.length; ++i)
                        $root.temporal.api.sdk.v1.EventGroupMarker.encode(message.eventGroupMarkers[i], writer.uint32(810).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return WorkflowCommand;
        })();

        workflow_commands.StartTimer = (function() {

            const StartTimer = function (properties) {
                this.seq = 0;
                this.startToFireTimeout = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            StartTimer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.startToFireTimeout != null && $Object.hasOwnProperty.call(message, "startToFireTimeout"))
                    $root.google.protobuf.Duration.encode(message.startToFireTimeout, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return StartTimer;
        })();

        workflow_commands.ScheduleActivity = (function() {

            const ScheduleActivity = function (properties) {
                this.seq = 0;
                this.activityId = "";
                this.activityType = "";
                this.taskQueue = "";
                this.scheduleToCloseTimeout = null;
                this.scheduleToStartTimeout = null;
                this.startToCloseTimeout = null;
                this.heartbeatTimeout = null;
                this.retryPolicy = null;
                this.cancellationType = 0;
                this.doNotEagerlyExecute = false;
                this.versioningIntent = 0;
                this.priority = null;
                this.headers = {};
                this["arguments"] = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            ScheduleActivity.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.activityId != null && $Object.hasOwnProperty.call(message, "activityId") && message.activityId !== "")
                    writer.uint32(18).string(message.activityId);
                if (message.activityType != null && $Object.hasOwnProperty.call(message, "activityType") && message.activityType !== "")
                    writer.uint32(26).string(message.activityType);
                if (message.taskQueue != null && $Object.hasOwnProperty.call(message, "taskQueue") && message.taskQueue !== "")
                    writer.uint32(42).string(message.taskQueue);
                if (message.headers != null && $Object.hasOwnProperty.call(message, "headers"))
                    for (let keys = $Object.keys(message.headers), i = 0; i < keys.length; ++i) {
                        writer.uint32(50).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.headers[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message["arguments"] != null && message["arguments"].length)
                    for (let i = 0; i < message["arguments"].length; ++i)
                        $root.temporal.api.common.v1.Payload.encode(message["arguments"][i], writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.scheduleToCloseTimeout != null && $Object.hasOwnProperty.call(message, "scheduleToCloseTimeout"))
                    $root.google.protobuf.Duration.encode(message.scheduleToCloseTimeout, writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.scheduleToStartTimeout != null && $Object.hasOwnProperty.call(message, "scheduleToStartTimeout"))
                    $root.google.protobuf.Duration.encode(message.scheduleToStartTimeout, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.startToCloseTimeout != null && $Object.hasOwnProperty.call(message, "startToCloseTimeout"))
                    $root.google.protobuf.Duration.encode(message.startToCloseTimeout, writer.uint32(82).fork(), _depth + 1).ldelim();
                if (message.heartbeatTimeout != null && $Object.hasOwnProperty.call(message, "heartbeatTimeout"))
                    $root.google.protobuf.Duration.encode(message.heartbeatTimeout, writer.uint32(90).fork(), _depth + 1).ldelim();
                if (message.retryPolicy != null && $Object.hasOwnProperty.call(message, "retryPolicy"))
                    $root.temporal.api.common.v1.RetryPolicy.encode(message.retryPolicy, writer.uint32(98).fork(), _depth + 1).ldelim();
                if (message.cancellationType != null && $Object.hasOwnProperty.call(message, "cancellationType") && message.cancellationType !== 0)
                    writer.uint32(104).int32(message.cancellationType);
                if (message.doNotEagerlyExecute != null && $Object.hasOwnProperty.call(message, "doNotEagerlyExecute") && message.doNotEagerlyExecute !== false)
                    writer.uint32(112).bool(message.doNotEagerlyExecute);
                if (message.versioningIntent != null && $Object.hasOwnProperty.call(message, "versioningIntent") && message.versioningIntent !== 0)
                    writer.uint32(120).int32(message.versioningIntent);
                if (message.priority != null && $Object.hasOwnProperty.call(message, "priority"))
                    $root.temporal.api.common.v1.Priority.encode(message.priority, writer.uint32(130).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return ScheduleActivity;
        })();

        workflow_commands.ActivityCancellationType = (function() {
            const values = $Object.create(null);
            values["TRY_CANCEL"] = 0;
            values["WAIT_CANCELLATION_COMPLETED"] = 1;
            values["ABANDON"] = 2;
            return values;
        })();

        workflow_commands.QueryResult = (function() {

            const QueryResult = function (properties) {
                this.queryId = "";
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            let $oneOfFields;

            $Object.defineProperty(QueryResult.prototype, "variant", {
                get: oneOfGetter($oneOfFields = ["succeeded", "failed"]),
                set: oneOfSetter($oneOfFields)
            });

            QueryResult.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.queryId != null && $Object.hasOwnProperty.call(message, "queryId") && message.queryId !== "")
                    writer.uint32(10).string(message.queryId);
                if (message.succeeded != null && $Object.hasOwnProperty.call(message, "succeeded"))
                    $root.coresdk.workflow_commands.QuerySuccess.encode(message.succeeded, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.failed != null && $Object.hasOwnProperty.call(message, "failed"))
                    $root.temporal.api.failure.v1.Failure.encode(message.failed, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return QueryResult;
        })();

        workflow_commands.QuerySuccess = (function() {

            const QuerySuccess = function (properties) {
                this.response = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            QuerySuccess.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.response != null && $Object.hasOwnProperty.call(message, "response"))
                    $root.temporal.api.common.v1.Payload.encode(message.response, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return QuerySuccess;
        })();

        workflow_commands.RequestCancelActivity = (function() {

            const RequestCancelActivity = function (properties) {
                this.seq = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            RequestCancelActivity.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return RequestCancelActivity;
        })();

        workflow_commands.CancelTimer = (function() {

            const CancelTimer = function (properties) {
                this.seq = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            CancelTimer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return CancelTimer;
        })();

        workflow_commands.CompleteWorkflowExecution = (function() {

            const CompleteWorkflowExecution = function (properties) {
                this.result = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            CompleteWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.result != null && $Object.hasOwnProperty.call(message, "result"))
                    $root.temporal.api.common.v1.Payload.encode(message.result, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return CompleteWorkflowExecution;
        })();

        workflow_commands.FailWorkflowExecution = (function() {

            const FailWorkflowExecution = function (properties) {
                this.failure = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            FailWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.failure != null && $Object.hasOwnProperty.call(message, "failure"))
                    $root.temporal.api.failure.v1.Failure.encode(message.failure, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return FailWorkflowExecution;
        })();

        workflow_commands.ContinueAsNewWorkflowExecution = (function() {

            const ContinueAsNewWorkflowExecution = function (properties) {
                this.workflowType = "";
                this.taskQueue = "";
                this.workflowRunTimeout = null;
                this.workflowTaskTimeout = null;
                this.searchAttributes = null;
                this.retryPolicy = null;
                this.versioningIntent = 0;
                this.initialVersioningBehavior = 0;
                this.backoffStartInterval = null;
                this["arguments"] = [];
                this.memo = {};
                this.headers = {};
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            ContinueAsNewWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.workflowType != null && $Object.hasOwnProperty.call(message, "workflowType") && message.workflowType !== "")
                    writer.uint32(10).string(message.workflowType);
                if (message.taskQueue != null && $Object.hasOwnProperty.call(message, "taskQueue") && message.taskQueue !== "")
                    writer.uint32(18).string(message.taskQueue);
                if (message["arguments"] != null && message["arguments"].length)
                    for (let i = 0; i < message["arguments"].length; ++i)
                        $root.temporal.api.common.v1.Payload.encode(message["arguments"][i], writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.workflowRunTimeout != null && $Object.hasOwnProperty.call(message, "workflowRunTimeout"))
                    $root.google.protobuf.Duration.encode(message.workflowRunTimeout, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.workflowTaskTimeout != null && $Object.hasOwnProperty.call(message, "workflowTaskTimeout"))
                    $root.google.protobuf.Duration.encode(message.workflowTaskTimeout, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.memo != null && $Object.hasOwnProperty.call(message, "memo"))
                    for (let keys = $Object.keys(message.memo), i = 0; i < keys.length; ++i) {
                        writer.uint32(50).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.memo[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.headers != null && $Object.hasOwnProperty.call(message, "headers"))
                    for (let keys = $Object.keys(message.headers), i = 0; i < keys.length; ++i) {
                        writer.uint32(58).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.headers[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.searchAttributes != null && $Object.hasOwnProperty.call(message, "searchAttributes"))
                    $root.temporal.api.common.v1.SearchAttributes.encode(message.searchAttributes, writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.retryPolicy != null && $Object.hasOwnProperty.call(message, "retryPolicy"))
                    $root.temporal.api.common.v1.RetryPolicy.encode(message.retryPolicy, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.versioningIntent != null && $Object.hasOwnProperty.call(message, "versioningIntent") && message.versioningIntent !== 0)
                    writer.uint32(80).int32(message.versioningIntent);
                if (message.initialVersioningBehavior != null && $Object.hasOwnProperty.call(message, "initialVersioningBehavior") && message.initialVersioningBehavior !== 0)
                    writer.uint32(88).int32(message.initialVersioningBehavior);
                if (message.backoffStartInterval != null && $Object.hasOwnProperty.call(message, "backoffStartInterval"))
                    $root.google.protobuf.Duration.encode(message.backoffStartInterval, writer.uint32(98).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return ContinueAsNewWorkflowExecution;
        })();

        workflow_commands.CancelWorkflowExecution = (function() {

            const CancelWorkflowExecution = function (properties) {
                this.details = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            CancelWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.details != null && $Object.hasOwnProperty.call(message, "details"))
                    $root.temporal.api.common.v1.Payloads.encode(message.details, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return CancelWorkflowExecution;
        })();

        workflow_commands.SetPatchMarker = (function() {

            const SetPatchMarker = function (properties) {
                this.patchId = "";
                this.deprecated = false;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            SetPatchMarker.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.patchId != null && $Object.hasOwnProperty.call(message, "patchId") && message.patchId !== "")
                    writer.uint32(10).string(message.patchId);
                if (message.deprecated != null && $Object.hasOwnProperty.call(message, "deprecated") && message.deprecated !== false)
                    writer.uint32(16).bool(message.deprecated);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return SetPatchMarker;
        })();

        workflow_commands.StartChildWorkflowExecution = (function() {

            const StartChildWorkflowExecution = function (properties) {
                this.seq = 0;
                this.namespace = "";
                this.workflowId = "";
                this.workflowType = "";
                this.taskQueue = "";
                this.workflowExecutionTimeout = null;
                this.workflowRunTimeout = null;
                this.workflowTaskTimeout = null;
                this.parentClosePolicy = 0;
                this.workflowIdReusePolicy = 0;
                this.retryPolicy = null;
                this.cronSchedule = "";
                this.searchAttributes = null;
                this.cancellationType = 0;
                this.versioningIntent = 0;
                this.priority = null;
                this.input = [];
                this.headers = {};
                this.memo = {};
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            StartChildWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                    writer.uint32(18).string(message.namespace);
                if (message.workflowId != null && $Object.hasOwnProperty.call(message, "workflowId") && message.workflowId !== "")
                    writer.uint32(26).string(message.workflowId);
                if (message.workflowType != null && $Object.hasOwnProperty.call(message, "workflowType") && message.workflowType !== "")
                    writer.uint32(34).string(message.workflowType);
                if (message.taskQueue != null && $Object.hasOwnProperty.call(message, "taskQueue") && message.taskQueue !== "")
                    writer.uint32(42).string(message.taskQueue);
                if (message.input != null && message.input.length)
                    for (let i = 0; i < message.input.length; ++i)
                        $root.temporal.api.common.v1.Payload.encode(message.input[i], writer.uint32(50).fork(), _depth + 1).ldelim();
                if (message.workflowExecutionTimeout != null && $Object.hasOwnProperty.call(message, "workflowExecutionTimeout"))
                    $root.google.protobuf.Duration.encode(message.workflowExecutionTimeout, writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.workflowRunTimeout != null && $Object.hasOwnProperty.call(message, "workflowRunTimeout"))
                    $root.google.protobuf.Duration.encode(message.workflowRunTimeout, writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.workflowTaskTimeout != null && $Object.hasOwnProperty.call(message, "workflowTaskTimeout"))
                    $root.google.protobuf.Duration.encode(message.workflowTaskTimeout, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.parentClosePolicy != null && $Object.hasOwnProperty.call(message, "parentClosePolicy") && message.parentClosePolicy !== 0)
                    writer.uint32(80).int32(message.parentClosePolicy);
                if (message.workflowIdReusePolicy != null && $Object.hasOwnProperty.call(message, "workflowIdReusePolicy") && message.workflowIdReusePolicy !== 0)
                    writer.uint32(96).int32(message.workflowIdReusePolicy);
                if (message.retryPolicy != null && $Object.hasOwnProperty.call(message, "retryPolicy"))
                    $root.temporal.api.common.v1.RetryPolicy.encode(message.retryPolicy, writer.uint32(106).fork(), _depth + 1).ldelim();
                if (message.cronSchedule != null && $Object.hasOwnProperty.call(message, "cronSchedule") && message.cronSchedule !== "")
                    writer.uint32(114).string(message.cronSchedule);
                if (message.headers != null && $Object.hasOwnProperty.call(message, "headers"))
                    for (let keys = $Object.keys(message.headers), i = 0; i < keys.length; ++i) {
                        writer.uint32(122).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.headers[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.memo != null && $Object.hasOwnProperty.call(message, "memo"))
                    for (let keys = $Object.keys(message.memo), i = 0; i < keys.length; ++i) {
                        writer.uint32(130).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.memo[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.searchAttributes != null && $Object.hasOwnProperty.call(message, "searchAttributes"))
                    $root.temporal.api.common.v1.SearchAttributes.encode(message.searchAttributes, writer.uint32(138).fork(), _depth + 1).ldelim();
                if (message.cancellationType != null && $Object.hasOwnProperty.call(message, "cancellationType") && message.cancellationType !== 0)
                    writer.uint32(144).int32(message.cancellationType);
                if (message.versioningIntent != null && $Object.hasOwnProperty.call(message, "versioningIntent") && message.versioningIntent !== 0)
                    writer.uint32(152).int32(message.versioningIntent);
                if (message.priority != null && $Object.hasOwnProperty.call(message, "priority"))
                    $root.temporal.api.common.v1.Priority.encode(message.priority, writer.uint32(162).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return StartChildWorkflowExecution;
        })();

        workflow_commands.CancelChildWorkflowExecution = (function() {

            const CancelChildWorkflowExecution = function (properties) {
                this.childWorkflowSeq = 0;
                this.reason = "";
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            CancelChildWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.childWorkflowSeq != null && $Object.hasOwnProperty.call(message, "childWorkflowSeq") && message.childWorkflowSeq !== 0)
                    writer.uint32(8).uint32(message.childWorkflowSeq);
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(18).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return CancelChildWorkflowExecution;
        })();

        workflow_commands.RequestCancelExternalWorkflowExecution = (function() {

            const RequestCancelExternalWorkflowExecution = function (properties) {
                this.seq = 0;
                this.workflowExecution = null;
                this.reason = "";
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            RequestCancelExternalWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.workflowExecution != null && $Object.hasOwnProperty.call(message, "workflowExecution"))
                    $root.coresdk.common.NamespacedWorkflowExecution.encode(message.workflowExecution, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(26).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return RequestCancelExternalWorkflowExecution;
        })();

        workflow_commands.SignalExternalWorkflowExecution = (function() {

            const SignalExternalWorkflowExecution = function (properties) {
                this.seq = 0;
                this.signalName = "";
                this.args = [];
                this.headers = {};
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            let $oneOfFields;

            $Object.defineProperty(SignalExternalWorkflowExecution.prototype, "target", {
                get: oneOfGetter($oneOfFields = ["workflowExecution", "childWorkflowId"]),
                set: oneOfSetter($oneOfFields)
            });

            SignalExternalWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.workflowExecution != null && $Object.hasOwnProperty.call(message, "workflowExecution"))
                    $root.coresdk.common.NamespacedWorkflowExecution.encode(message.workflowExecution, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.childWorkflowId != null && $Object.hasOwnProperty.call(message, "childWorkflowId"))
                    writer.uint32(26).string(message.childWorkflowId);
                if (message.signalName != null && $Object.hasOwnProperty.call(message, "signalName") && message.signalName !== "")
                    writer.uint32(34).string(message.signalName);
                if (message.args != null && message.args.length)
                    for (let i = 0; i < message.args.length; ++i)
                        $root.temporal.api.common.v1.Payload.encode(message.args[i], writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.headers != null && $Object.hasOwnProperty.call(message, "headers"))
                    for (let keys = $Object.keys(message.headers), i = 0; i < keys.length; ++i) {
                        writer.uint32(50).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.headers[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return SignalExternalWorkflowExecution;
        })();

        workflow_commands.CancelSignalWorkflow = (function() {

            const CancelSignalWorkflow = function (properties) {
                this.seq = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            CancelSignalWorkflow.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return CancelSignalWorkflow;
        })();

        workflow_commands.ScheduleLocalActivity = (function() {

            const ScheduleLocalActivity = function (properties) {
                this.seq = 0;
                this.activityId = "";
                this.activityType = "";
                this.attempt = 0;
                this.originalScheduleTime = null;
                this.scheduleToCloseTimeout = null;
                this.scheduleToStartTimeout = null;
                this.startToCloseTimeout = null;
                this.retryPolicy = null;
                this.localRetryThreshold = null;
                this.cancellationType = 0;
                this.includeArgumentsIntoMarker = false;
                this.headers = {};
                this["arguments"] = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            ScheduleLocalActivity.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.activityId != null && $Object.hasOwnProperty.call(message, "activityId") && message.activityId !== "")
                    writer.uint32(18).string(message.activityId);
                if (message.activityType != null && $Object.hasOwnProperty.call(message, "activityType") && message.activityType !== "")
                    writer.uint32(26).string(message.activityType);
                if (message.attempt != null && $Object.hasOwnProperty.call(message, "attempt") && message.attempt !== 0)
                    writer.uint32(32).uint32(message.attempt);
                if (message.originalScheduleTime != null && $Object.hasOwnProperty.call(message, "originalScheduleTime"))
                    $root.google.protobuf.Timestamp.encode(message.originalScheduleTime, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.headers != null && $Object.hasOwnProperty.call(message, "headers"))
                    for (let keys = $Object.keys(message.headers), i = 0; i < keys.length; ++i) {
                        writer.uint32(50).fork().uint32(10).string(keys[i]);
                        $root.temporal.api.common.v1.Payload.encode(message.headers[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message["arguments"] != null && message["arguments"].length)
                    for (let i = 0; i < message["arguments"].length; ++i)
                        $root.temporal.api.common.v1.Payload.encode(message["arguments"][i], writer.uint32(58).fork(), _depth + 1).ldelim();
                if (message.scheduleToCloseTimeout != null && $Object.hasOwnProperty.call(message, "scheduleToCloseTimeout"))
                    $root.google.protobuf.Duration.encode(message.scheduleToCloseTimeout, writer.uint32(66).fork(), _depth + 1).ldelim();
                if (message.scheduleToStartTimeout != null && $Object.hasOwnProperty.call(message, "scheduleToStartTimeout"))
                    $root.google.protobuf.Duration.encode(message.scheduleToStartTimeout, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.startToCloseTimeout != null && $Object.hasOwnProperty.call(message, "startToCloseTimeout"))
                    $root.google.protobuf.Duration.encode(message.startToCloseTimeout, writer.uint32(82).fork(), _depth + 1).ldelim();
                if (message.retryPolicy != null && $Object.hasOwnProperty.call(message, "retryPolicy"))
                    $root.temporal.api.common.v1.RetryPolicy.encode(message.retryPolicy, writer.uint32(90).fork(), _depth + 1).ldelim();
                if (message.localRetryThreshold != null && $Object.hasOwnProperty.call(message, "localRetryThreshold"))
                    $root.google.protobuf.Duration.encode(message.localRetryThreshold, writer.uint32(98).fork(), _depth + 1).ldelim();
                if (message.cancellationType != null && $Object.hasOwnProperty.call(message, "cancellationType") && message.cancellationType !== 0)
                    writer.uint32(104).int32(message.cancellationType);
                if (message.includeArgumentsIntoMarker != null && $Object.hasOwnProperty.call(message, "includeArgumentsIntoMarker") && message.includeArgumentsIntoMarker !== false)
                    writer.uint32(112).bool(message.includeArgumentsIntoMarker);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return ScheduleLocalActivity;
        })();

        workflow_commands.RequestCancelLocalActivity = (function() {

            const RequestCancelLocalActivity = function (properties) {
                this.seq = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            RequestCancelLocalActivity.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return RequestCancelLocalActivity;
        })();

        workflow_commands.UpsertWorkflowSearchAttributes = (function() {

            const UpsertWorkflowSearchAttributes = function (properties) {
                this.searchAttributes = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            UpsertWorkflowSearchAttributes.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.searchAttributes != null && $Object.hasOwnProperty.call(message, "searchAttributes"))
                    $root.temporal.api.common.v1.SearchAttributes.encode(message.searchAttributes, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return UpsertWorkflowSearchAttributes;
        })();

        workflow_commands.ModifyWorkflowProperties = (function() {

            const ModifyWorkflowProperties = function (properties) {
                this.upsertedMemo = null;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            ModifyWorkflowProperties.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.upsertedMemo != null && $Object.hasOwnProperty.call(message, "upsertedMemo"))
                    $root.temporal.api.common.v1.Memo.encode(message.upsertedMemo, writer.uint32(10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return ModifyWorkflowProperties;
        })();

        workflow_commands.UpdateResponse = (function() {

            const UpdateResponse = function (properties) {
                this.protocolInstanceId = "";
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            let $oneOfFields;

            $Object.defineProperty(UpdateResponse.prototype, "response", {
                get: oneOfGetter($oneOfFields = ["accepted", "rejected", "completed"]),
                set: oneOfSetter($oneOfFields)
            });

            UpdateResponse.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.protocolInstanceId != null && $Object.hasOwnProperty.call(message, "protocolInstanceId") && message.protocolInstanceId !== "")
                    writer.uint32(10).string(message.protocolInstanceId);
                if (message.accepted != null && $Object.hasOwnProperty.call(message, "accepted"))
                    $root.google.protobuf.Empty.encode(message.accepted, writer.uint32(18).fork(), _depth + 1).ldelim();
                if (message.rejected != null && $Object.hasOwnProperty.call(message, "rejected"))
                    $root.temporal.api.failure.v1.Failure.encode(message.rejected, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.completed != null && $Object.hasOwnProperty.call(message, "completed"))
                    $root.temporal.api.common.v1.Payload.encode(message.completed, writer.uint32(34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return UpdateResponse;
        })();

        workflow_commands.ScheduleNexusOperation = (function() {

            const ScheduleNexusOperation = function (properties) {
                this.seq = 0;
                this.endpoint = "";
                this.service = "";
                this.operation = "";
                this.input = null;
                this.scheduleToCloseTimeout = null;
                this.cancellationType = 0;
                this.scheduleToStartTimeout = null;
                this.startToCloseTimeout = null;
                this.nexusHeader = {};
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            ScheduleNexusOperation.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.endpoint != null && $Object.hasOwnProperty.call(message, "endpoint") && message.endpoint !== "")
                    writer.uint32(18).string(message.endpoint);
                if (message.service != null && $Object.hasOwnProperty.call(message, "service") && message.service !== "")
                    writer.uint32(26).string(message.service);
                if (message.operation != null && $Object.hasOwnProperty.call(message, "operation") && message.operation !== "")
                    writer.uint32(34).string(message.operation);
                if (message.input != null && $Object.hasOwnProperty.call(message, "input"))
                    $root.temporal.api.common.v1.Payload.encode(message.input, writer.uint32(42).fork(), _depth + 1).ldelim();
                if (message.scheduleToCloseTimeout != null && $Object.hasOwnProperty.call(message, "scheduleToCloseTimeout"))
                    $root.google.protobuf.Duration.encode(message.scheduleToCloseTimeout, writer.uint32(50).fork(), _depth + 1).ldelim();
                if (message.nexusHeader != null && $Object.hasOwnProperty.call(message, "nexusHeader"))
                    for (let keys = $Object.keys(message.nexusHeader), i = 0; i < keys.length; ++i)
                        writer.uint32(58).fork().uint32(10).string(keys[i]).uint32(18).string(message.nexusHeader[keys[i]]).ldelim();
                if (message.cancellationType != null && $Object.hasOwnProperty.call(message, "cancellationType") && message.cancellationType !== 0)
                    writer.uint32(64).int32(message.cancellationType);
                if (message.scheduleToStartTimeout != null && $Object.hasOwnProperty.call(message, "scheduleToStartTimeout"))
                    $root.google.protobuf.Duration.encode(message.scheduleToStartTimeout, writer.uint32(74).fork(), _depth + 1).ldelim();
                if (message.startToCloseTimeout != null && $Object.hasOwnProperty.call(message, "startToCloseTimeout"))
                    $root.google.protobuf.Duration.encode(message.startToCloseTimeout, writer.uint32(82).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return ScheduleNexusOperation;
        })();

        workflow_commands.RequestCancelNexusOperation = (function() {

            const RequestCancelNexusOperation = function (properties) {
                this.seq = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            RequestCancelNexusOperation.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seq != null && $Object.hasOwnProperty.call(message, "seq") && message.seq !== 0)
                    writer.uint32(8).uint32(message.seq);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return RequestCancelNexusOperation;
        })();

        return workflow_commands;
    })();

    coresdk.common = (function() {

        const common = {};

        common.VersioningIntent = (function() {
            const values = $Object.create(null);
            values["UNSPECIFIED"] = 0;
            values["COMPATIBLE"] = 1;
            values["DEFAULT"] = 2;
            return values;
        })();

        common.NamespacedWorkflowExecution = (function() {

            const NamespacedWorkflowExecution = function (properties) {
                this.namespace = "";
                this.workflowId = "";
                this.runId = "";
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            NamespacedWorkflowExecution.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                    writer.uint32(10).string(message.namespace);
                if (message.workflowId != null && $Object.hasOwnProperty.call(message, "workflowId") && message.workflowId !== "")
                    writer.uint32(18).string(message.workflowId);
                if (message.runId != null && $Object.hasOwnProperty.call(message, "runId") && message.runId !== "")
                    writer.uint32(26).string(message.runId);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return NamespacedWorkflowExecution;
        })();

        common.ExternalStorageMetrics = (function() {

            const ExternalStorageMetrics = function (properties) {
                this.payloadCount = $util.Long.UZERO;
                this.totalSizeBytes = $util.Long.UZERO;
                this.totalDuration = null;
                this.driverNames = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            ExternalStorageMetrics.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.payloadCount != null && $Object.hasOwnProperty.call(message, "payloadCount") && (typeof message.payloadCount === "object" ? message.payloadCount.low || message.payloadCount.high : message.payloadCount !== 0))
                    writer.uint32(8).uint64(message.payloadCount);
                if (message.totalSizeBytes != null && $Object.hasOwnProperty.call(message, "totalSizeBytes") && (typeof message.totalSizeBytes === "object" ? message.totalSizeBytes.low || message.totalSizeBytes.high : message.totalSizeBytes !== 0))
                    writer.uint32(16).uint64(message.totalSizeBytes);
                if (message.totalDuration != null && $Object.hasOwnProperty.call(message, "totalDuration"))
                    $root.google.protobuf.Duration.encode(message.totalDuration, writer.uint32(26).fork(), _depth + 1).ldelim();
                if (message.driverNames != null && message.driverNames.length)
                    for (let i = 0; i < message.driverNames.length; ++i)
                        writer.uint32(34).string(message.driverNames[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return ExternalStorageMetrics;
        })();

        return common;
    })();

    coresdk.child_workflow = (function() {

        const child_workflow = {};

        child_workflow.ParentClosePolicy = (function() {
            const values = $Object.create(null);
            values["PARENT_CLOSE_POLICY_UNSPECIFIED"] = 0;
            values["PARENT_CLOSE_POLICY_TERMINATE"] = 1;
            values["PARENT_CLOSE_POLICY_ABANDON"] = 2;
            values["PARENT_CLOSE_POLICY_REQUEST_CANCEL"] = 3;
            return values;
        })();

        child_workflow.ChildWorkflowCancellationType = (function() {
            const values = $Object.create(null);
            values["ABANDON"] = 0;
            values["TRY_CANCEL"] = 1;
            values["WAIT_CANCELLATION_COMPLETED"] = 2;
            values["WAIT_CANCELLATION_REQUESTED"] = 3;
            return values;
        })();

        return child_workflow;
    })();

    coresdk.nexus = (function() {

        const nexus = {};

        nexus.NexusOperationCancellationType = (function() {
            const values = $Object.create(null);
            values["WAIT_CANCELLATION_COMPLETED"] = 0;
            values["ABANDON"] = 1;
            values["TRY_CANCEL"] = 2;
            values["WAIT_CANCELLATION_REQUESTED"] = 3;
            return values;
        })();

        return nexus;
    })();

    return coresdk;
})();

export const temporal = $root.temporal = (() => {

    const temporal = {};

    temporal.api = (function() {

        const api = {};

        api.sdk = (function() {

            const sdk = {};

            sdk.v1 = (function() {

                const v1 = {};

                v1.UserMetadata = (function() {

                    const UserMetadata = function (properties) {
                this.summary = null;
                this.details = null;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    UserMetadata.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.summary != null && $Object.hasOwnProperty.call(message, "summary"))
                            $root.temporal.api.common.v1.Payload.encode(message.summary, writer.uint32(10).fork(), _depth + 1).ldelim();
                        if (message.details != null && $Object.hasOwnProperty.call(message, "details"))
                            $root.temporal.api.common.v1.Payload.encode(message.details, writer.uint32(18).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return UserMetadata;
                })();

                v1.EventGroupMarker = (function() {

                    const EventGroupMarker = function (properties) {
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    let $oneOfFields;

                    $Object.defineProperty(EventGroupMarker.prototype, "variant", {
                        get: oneOfGetter($oneOfFields = ["label", "inboundEvent", "inboundUpdate"]),
                        set: oneOfSetter($oneOfFields)
                    });

                    EventGroupMarker.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.label != null && $Object.hasOwnProperty.call(message, "label"))
                            $root.temporal.api.sdk.v1.EventGroupMarker.Label.encode(message.label, writer.uint32(10).fork(), _depth + 1).ldelim();
                        if (message.inboundEvent != null && $Object.hasOwnProperty.call(message, "inboundEvent"))
                            $root.temporal.api.sdk.v1.EventGroupMarker.InboundEvent.encode(message.inboundEvent, writer.uint32(18).fork(), _depth + 1).ldelim();
                        if (message.inboundUpdate != null && $Object.hasOwnProperty.call(message, "inboundUpdate"))
                            $root.temporal.api.sdk.v1.EventGroupMarker.InboundUpdate.encode(message.inboundUpdate, writer.uint32(26).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    EventGroupMarker.Label = (function() {

                        const Label = function (properties) {
                this.id = "";
                this.label = null;
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };


                        Label.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                                writer.uint32(10).string(message.id);
                            if (message.label != null && $Object.hasOwnProperty.call(message, "label"))
                                $root.temporal.api.common.v1.Payload.encode(message.label, writer.uint32(18).fork(), _depth + 1).ldelim();
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        return Label;
                    })();

                    EventGroupMarker.InboundEvent = (function() {

                        const InboundEvent = function (properties) {
                this.inboundEventId = $util.Long.ZERO;
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };


                        InboundEvent.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.inboundEventId != null && $Object.hasOwnProperty.call(message, "inboundEventId") && (typeof message.inboundEventId === "object" ? message.inboundEventId.low || message.inboundEventId.high : message.inboundEventId !== 0))
                                writer.uint32(8).int64(message.inboundEventId);
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        return InboundEvent;
                    })();

                    EventGroupMarker.InboundUpdate = (function() {

                        const InboundUpdate = function (properties) {
                this.inboundUpdateId = "";
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };


                        InboundUpdate.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.inboundUpdateId != null && $Object.hasOwnProperty.call(message, "inboundUpdateId") && message.inboundUpdateId !== "")
                                writer.uint32(10).string(message.inboundUpdateId);
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        return InboundUpdate;
                    })();

                    return EventGroupMarker;
                })();

                return v1;
            })();

            return sdk;
        })();

        api.common = (function() {

            const common = {};

            common.v1 = (function() {

                const v1 = {};

                v1.Payload = (function() {

                    const Payload = function (properties) {
                this.data = new Uint8Array(0);
                        this.metadata = {};
                        this.externalPayloads = [];
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    Payload.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.metadata != null && $Object.hasOwnProperty.call(message, "metadata"))
                            for (let keys = $Object.keys(message.metadata), i = 0; i < keys.length; ++i)
                                writer.uint32(10).fork().uint32(10).string(keys[i]).uint32(18).bytes(message.metadata[keys[i]]).ldelim();
                        if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                            writer.uint32(18).bytes(message.data);
                        if (message.externalPayloads != null && message.externalPayloads.length)
                            for (let i = 0; i < message.externalPayloads.length; ++i)
                                $root.temporal.api.common.v1.Payload.ExternalPayloadDetails.encode(message.externalPayloads[i], writer.uint32(26).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    Payload.ExternalPayloadDetails = (function() {

                        const ExternalPayloadDetails = function (properties) {
                this.sizeBytes = $util.Long.ZERO;
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };


                        ExternalPayloadDetails.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.sizeBytes != null && $Object.hasOwnProperty.call(message, "sizeBytes") && (typeof message.sizeBytes === "object" ? message.sizeBytes.low || message.sizeBytes.high : message.sizeBytes !== 0))
                                writer.uint32(8).int64(message.sizeBytes);
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        return ExternalPayloadDetails;
                    })();

                    return Payload;
                })();

                v1.RetryPolicy = (function() {

                    const RetryPolicy = function (properties) {
                this.initialInterval = null;
                this.backoffCoefficient = 0;
                this.maximumInterval = null;
                this.maximumAttempts = 0;
                        this.nonRetryableErrorTypes = [];
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    RetryPolicy.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.initialInterval != null && $Object.hasOwnProperty.call(message, "initialInterval"))
                            $root.google.protobuf.Duration.encode(message.initialInterval, writer.uint32(10).fork(), _depth + 1).ldelim();
                        if (message.backoffCoefficient != null && $Object.hasOwnProperty.call(message, "backoffCoefficient") && !$Object.is(message.backoffCoefficient, 0))
                            writer.uint32(17).double(message.backoffCoefficient);
                        if (message.maximumInterval != null && $Object.hasOwnProperty.call(message, "maximumInterval"))
                            $root.google.protobuf.Duration.encode(message.maximumInterval, writer.uint32(26).fork(), _depth + 1).ldelim();
                        if (message.maximumAttempts != null && $Object.hasOwnProperty.call(message, "maximumAttempts") && message.maximumAttempts !== 0)
                            writer.uint32(32).int32(message.maximumAttempts);
                        if (message.nonRetryableErrorTypes != null && message.nonRetryableErrorTypes.length)
                            for (let i = 0; i < message.nonRetryableErrorTypes.length; ++i)
                                writer.uint32(42).string(message.nonRetryableErrorTypes[i]);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return RetryPolicy;
                })();

                v1.Priority = (function() {

                    const Priority = function (properties) {
                this.priorityKey = 0;
                this.fairnessKey = "";
                this.fairnessWeight = 0;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    Priority.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.priorityKey != null && $Object.hasOwnProperty.call(message, "priorityKey") && message.priorityKey !== 0)
                            writer.uint32(8).int32(message.priorityKey);
                        if (message.fairnessKey != null && $Object.hasOwnProperty.call(message, "fairnessKey") && message.fairnessKey !== "")
                            writer.uint32(18).string(message.fairnessKey);
                        if (message.fairnessWeight != null && $Object.hasOwnProperty.call(message, "fairnessWeight") && !$Object.is(message.fairnessWeight, 0))
                            writer.uint32(29).float(message.fairnessWeight);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return Priority;
                })();

                v1.Payloads = (function() {

                    const Payloads = function (properties) {
                        this.payloads = [];
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    Payloads.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.payloads != null && message.payloads.length)
                            for (let i = 0; i < message.payloads.length; ++i)
                                $root.temporal.api.common.v1.Payload.encode(message.payloads[i], writer.uint32(10).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return Payloads;
                })();

                v1.ActivityType = (function() {

                    const ActivityType = function (properties) {
                this.name = "";
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    ActivityType.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                            writer.uint32(10).string(message.name);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return ActivityType;
                })();

                v1.WorkflowExecution = (function() {

                    const WorkflowExecution = function (properties) {
                this.workflowId = "";
                this.runId = "";
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    WorkflowExecution.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.workflowId != null && $Object.hasOwnProperty.call(message, "workflowId") && message.workflowId !== "")
                            writer.uint32(10).string(message.workflowId);
                        if (message.runId != null && $Object.hasOwnProperty.call(message, "runId") && message.runId !== "")
                            writer.uint32(18).string(message.runId);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return WorkflowExecution;
                })();

                v1.WorkflowType = (function() {

                    const WorkflowType = function (properties) {
                this.name = "";
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    WorkflowType.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                            writer.uint32(10).string(message.name);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return WorkflowType;
                })();

                v1.SearchAttributes = (function() {

                    const SearchAttributes = function (properties) {
                        this.indexedFields = {};
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    SearchAttributes.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.indexedFields != null && $Object.hasOwnProperty.call(message, "indexedFields"))
                            for (let keys = $Object.keys(message.indexedFields), i = 0; i < keys.length; ++i) {
                                writer.uint32(10).fork().uint32(10).string(keys[i]);
                                $root.temporal.api.common.v1.Payload.encode(message.indexedFields[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                            }
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return SearchAttributes;
                })();

                v1.Memo = (function() {

                    const Memo = function (properties) {
                        this.fields = {};
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    Memo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.fields != null && $Object.hasOwnProperty.call(message, "fields"))
                            for (let keys = $Object.keys(message.fields), i = 0; i < keys.length; ++i) {
                                writer.uint32(10).fork().uint32(10).string(keys[i]);
                                $root.temporal.api.common.v1.Payload.encode(message.fields[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                            }
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return Memo;
                })();

                return v1;
            })();

            return common;
        })();

        api.failure = (function() {

            const failure = {};

            failure.v1 = (function() {

                const v1 = {};

                v1.Failure = (function() {

                    const Failure = function (properties) {
                this.message = "";
                this.source = "";
                this.stackTrace = "";
                this.encodedAttributes = null;
                this.cause = null;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    let $oneOfFields;

                    $Object.defineProperty(Failure.prototype, "failureInfo", {
                        get: oneOfGetter($oneOfFields = ["applicationFailureInfo", "timeoutFailureInfo", "canceledFailureInfo", "terminatedFailureInfo", "serverFailureInfo", "resetWorkflowFailureInfo", "activityFailureInfo", "childWorkflowExecutionFailureInfo", "nexusOperationExecutionFailureInfo", "nexusHandlerFailureInfo"]),
                        set: oneOfSetter($oneOfFields)
                    });

                    Failure.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                            writer.uint32(10).string(message.message);
                        if (message.source != null && $Object.hasOwnProperty.call(message, "source") && message.source !== "")
                            writer.uint32(18).string(message.source);
                        if (message.stackTrace != null && $Object.hasOwnProperty.call(message, "stackTrace") && message.stackTrace !== "")
                            writer.uint32(26).string(message.stackTrace);
                        if (message.cause != null && $Object.hasOwnProperty.call(message, "cause"))
                            $root.temporal.api.failure.v1.Failure.encode(message.cause, writer.uint32(34).fork(), _depth + 1).ldelim();
                        if (message.applicationFailureInfo != null && $Object.hasOwnProperty.call(message, "applicationFailureInfo"))
                            $root.temporal.api.failure.v1.ApplicationFailureInfo.encode(message.applicationFailureInfo, writer.uint32(42).fork(), _depth + 1).ldelim();
                        if (message.timeoutFailureInfo != null && $Object.hasOwnProperty.call(message, "timeoutFailureInfo"))
                            $root.temporal.api.failure.v1.TimeoutFailureInfo.encode(message.timeoutFailureInfo, writer.uint32(50).fork(), _depth + 1).ldelim();
                        if (message.canceledFailureInfo != null && $Object.hasOwnProperty.call(message, "canceledFailureInfo"))
                            $root.temporal.api.failure.v1.CanceledFailureInfo.encode(message.canceledFailureInfo, writer.uint32(58).fork(), _depth + 1).ldelim();
                        if (message.terminatedFailureInfo != null && $Object.hasOwnProperty.call(message, "terminatedFailureInfo"))
                            $root.temporal.api.failure.v1.TerminatedFailureInfo.encode(message.terminatedFailureInfo, writer.uint32(66).fork(), _depth + 1).ldelim();
                        if (message.serverFailureInfo != null && $Object.hasOwnProperty.call(message, "serverFailureInfo"))
                            $root.temporal.api.failure.v1.ServerFailureInfo.encode(message.serverFailureInfo, writer.uint32(74).fork(), _depth + 1).ldelim();
                        if (message.resetWorkflowFailureInfo != null && $Object.hasOwnProperty.call(message, "resetWorkflowFailureInfo"))
                            $root.temporal.api.failure.v1.ResetWorkflowFailureInfo.encode(message.resetWorkflowFailureInfo, writer.uint32(82).fork(), _depth + 1).ldelim();
                        if (message.activityFailureInfo != null && $Object.hasOwnProperty.call(message, "activityFailureInfo"))
                            $root.temporal.api.failure.v1.ActivityFailureInfo.encode(message.activityFailureInfo, writer.uint32(90).fork(), _depth + 1).ldelim();
                        if (message.childWorkflowExecutionFailureInfo != null && $Object.hasOwnProperty.call(message, "childWorkflowExecutionFailureInfo"))
                            $root.temporal.api.failure.v1.ChildWorkflowExecutionFailureInfo.encode(message.childWorkflowExecutionFailureInfo, writer.uint32(98).fork(), _depth + 1).ldelim();
                        if (message.nexusOperationExecutionFailureInfo != null && $Object.hasOwnProperty.call(message, "nexusOperationExecutionFailureInfo"))
                            $root.temporal.api.failure.v1.NexusOperationFailureInfo.encode(message.nexusOperationExecutionFailureInfo, writer.uint32(106).fork(), _depth + 1).ldelim();
                        if (message.nexusHandlerFailureInfo != null && $Object.hasOwnProperty.call(message, "nexusHandlerFailureInfo"))
                            $root.temporal.api.failure.v1.NexusHandlerFailureInfo.encode(message.nexusHandlerFailureInfo, writer.uint32(114).fork(), _depth + 1).ldelim();
                        if (message.encodedAttributes != null && $Object.hasOwnProperty.call(message, "encodedAttributes"))
                            $root.temporal.api.common.v1.Payload.encode(message.encodedAttributes, writer.uint32(162).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return Failure;
                })();

                v1.ApplicationFailureInfo = (function() {

                    const ApplicationFailureInfo = function (properties) {
                this.type = "";
                this.nonRetryable = false;
                this.details = null;
                this.nextRetryDelay = null;
                this.category = 0;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    ApplicationFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== "")
                            writer.uint32(10).string(message.type);
                        if (message.nonRetryable != null && $Object.hasOwnProperty.call(message, "nonRetryable") && message.nonRetryable !== false)
                            writer.uint32(16).bool(message.nonRetryable);
                        if (message.details != null && $Object.hasOwnProperty.call(message, "details"))
                            $root.temporal.api.common.v1.Payloads.encode(message.details, writer.uint32(26).fork(), _depth + 1).ldelim();
                        if (message.nextRetryDelay != null && $Object.hasOwnProperty.call(message, "nextRetryDelay"))
                            $root.google.protobuf.Duration.encode(message.nextRetryDelay, writer.uint32(34).fork(), _depth + 1).ldelim();
                        if (message.category != null && $Object.hasOwnProperty.call(message, "category") && message.category !== 0)
                            writer.uint32(40).int32(message.category);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return ApplicationFailureInfo;
                })();

                v1.TimeoutFailureInfo = (function() {

                    const TimeoutFailureInfo = function (properties) {
                this.timeoutType = 0;
                this.lastHeartbeatDetails = null;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    TimeoutFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.timeoutType != null && $Object.hasOwnProperty.call(message, "timeoutType") && message.timeoutType !== 0)
                            writer.uint32(8).int32(message.timeoutType);
                        if (message.lastHeartbeatDetails != null && $Object.hasOwnProperty.call(message, "lastHeartbeatDetails"))
                            $root.temporal.api.common.v1.Payloads.encode(message.lastHeartbeatDetails, writer.uint32(18).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return TimeoutFailureInfo;
                })();

                v1.CanceledFailureInfo = (function() {

                    const CanceledFailureInfo = function (properties) {
                this.details = null;
                this.identity = "";
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    CanceledFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.details != null && $Object.hasOwnProperty.call(message, "details"))
                            $root.temporal.api.common.v1.Payloads.encode(message.details, writer.uint32(10).fork(), _depth + 1).ldelim();
                        if (message.identity != null && $Object.hasOwnProperty.call(message, "identity") && message.identity !== "")
                            writer.uint32(18).string(message.identity);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return CanceledFailureInfo;
                })();

                v1.TerminatedFailureInfo = (function() {

                    const TerminatedFailureInfo = function (properties) {
                this.identity = "";
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    TerminatedFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.identity != null && $Object.hasOwnProperty.call(message, "identity") && message.identity !== "")
                            writer.uint32(10).string(message.identity);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return TerminatedFailureInfo;
                })();

                v1.ServerFailureInfo = (function() {

                    const ServerFailureInfo = function (properties) {
                this.nonRetryable = false;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    ServerFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.nonRetryable != null && $Object.hasOwnProperty.call(message, "nonRetryable") && message.nonRetryable !== false)
                            writer.uint32(8).bool(message.nonRetryable);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return ServerFailureInfo;
                })();

                v1.ResetWorkflowFailureInfo = (function() {

                    const ResetWorkflowFailureInfo = function (properties) {
                this.lastHeartbeatDetails = null;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    ResetWorkflowFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.lastHeartbeatDetails != null && $Object.hasOwnProperty.call(message, "lastHeartbeatDetails"))
                            $root.temporal.api.common.v1.Payloads.encode(message.lastHeartbeatDetails, writer.uint32(10).fork(), _depth + 1).ldelim();
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return ResetWorkflowFailureInfo;
                })();

                v1.ActivityFailureInfo = (function() {

                    const ActivityFailureInfo = function (properties) {
                this.scheduledEventId = $util.Long.ZERO;
                this.startedEventId = $util.Long.ZERO;
                this.identity = "";
                this.activityType = null;
                this.activityId = "";
                this.retryState = 0;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    ActivityFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.scheduledEventId != null && $Object.hasOwnProperty.call(message, "scheduledEventId") && (typeof message.scheduledEventId === "object" ? message.scheduledEventId.low || message.scheduledEventId.high : message.scheduledEventId !== 0))
                            writer.uint32(8).int64(message.scheduledEventId);
                        if (message.startedEventId != null && $Object.hasOwnProperty.call(message, "startedEventId") && (typeof message.startedEventId === "object" ? message.startedEventId.low || message.startedEventId.high : message.startedEventId !== 0))
                            writer.uint32(16).int64(message.startedEventId);
                        if (message.identity != null && $Object.hasOwnProperty.call(message, "identity") && message.identity !== "")
                            writer.uint32(26).string(message.identity);
                        if (message.activityType != null && $Object.hasOwnProperty.call(message, "activityType"))
                            $root.temporal.api.common.v1.ActivityType.encode(message.activityType, writer.uint32(34).fork(), _depth + 1).ldelim();
                        if (message.activityId != null && $Object.hasOwnProperty.call(message, "activityId") && message.activityId !== "")
                            writer.uint32(42).string(message.activityId);
                        if (message.retryState != null && $Object.hasOwnProperty.call(message, "retryState") && message.retryState !== 0)
                            writer.uint32(48).int32(message.retryState);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return ActivityFailureInfo;
                })();

                v1.ChildWorkflowExecutionFailureInfo = (function() {

                    const ChildWorkflowExecutionFailureInfo = function (properties) {
                this.namespace = "";
                this.workflowExecution = null;
                this.workflowType = null;
                this.initiatedEventId = $util.Long.ZERO;
                this.startedEventId = $util.Long.ZERO;
                this.retryState = 0;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    ChildWorkflowExecutionFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                            writer.uint32(10).string(message.namespace);
                        if (message.workflowExecution != null && $Object.hasOwnProperty.call(message, "workflowExecution"))
                            $root.temporal.api.common.v1.WorkflowExecution.encode(message.workflowExecution, writer.uint32(18).fork(), _depth + 1).ldelim();
                        if (message.workflowType != null && $Object.hasOwnProperty.call(message, "workflowType"))
                            $root.temporal.api.common.v1.WorkflowType.encode(message.workflowType, writer.uint32(26).fork(), _depth + 1).ldelim();
                        if (message.initiatedEventId != null && $Object.hasOwnProperty.call(message, "initiatedEventId") && (typeof message.initiatedEventId === "object" ? message.initiatedEventId.low || message.initiatedEventId.high : message.initiatedEventId !== 0))
                            writer.uint32(32).int64(message.initiatedEventId);
                        if (message.startedEventId != null && $Object.hasOwnProperty.call(message, "startedEventId") && (typeof message.startedEventId === "object" ? message.startedEventId.low || message.startedEventId.high : message.startedEventId !== 0))
                            writer.uint32(40).int64(message.startedEventId);
                        if (message.retryState != null && $Object.hasOwnProperty.call(message, "retryState") && message.retryState !== 0)
                            writer.uint32(48).int32(message.retryState);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return ChildWorkflowExecutionFailureInfo;
                })();

                v1.NexusOperationFailureInfo = (function() {

                    const NexusOperationFailureInfo = function (properties) {
                this.scheduledEventId = $util.Long.ZERO;
                this.endpoint = "";
                this.service = "";
                this.operation = "";
                this.operationId = "";
                this.operationToken = "";
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    NexusOperationFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.scheduledEventId != null && $Object.hasOwnProperty.call(message, "scheduledEventId") && (typeof message.scheduledEventId === "object" ? message.scheduledEventId.low || message.scheduledEventId.high : message.scheduledEventId !== 0))
                            writer.uint32(8).int64(message.scheduledEventId);
                        if (message.endpoint != null && $Object.hasOwnProperty.call(message, "endpoint") && message.endpoint !== "")
                            writer.uint32(18).string(message.endpoint);
                        if (message.service != null && $Object.hasOwnProperty.call(message, "service") && message.service !== "")
                            writer.uint32(26).string(message.service);
                        if (message.operation != null && $Object.hasOwnProperty.call(message, "operation") && message.operation !== "")
                            writer.uint32(34).string(message.operation);
                        if (message.operationId != null && $Object.hasOwnProperty.call(message, "operationId") && message.operationId !== "")
                            writer.uint32(42).string(message.operationId);
                        if (message.operationToken != null && $Object.hasOwnProperty.call(message, "operationToken") && message.operationToken !== "")
                            writer.uint32(50).string(message.operationToken);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return NexusOperationFailureInfo;
                })();

                v1.NexusHandlerFailureInfo = (function() {

                    const NexusHandlerFailureInfo = function (properties) {
                this.type = "";
                this.retryBehavior = 0;
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };


                    NexusHandlerFailureInfo.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== "")
                            writer.uint32(10).string(message.type);
                        if (message.retryBehavior != null && $Object.hasOwnProperty.call(message, "retryBehavior") && message.retryBehavior !== 0)
                            writer.uint32(16).int32(message.retryBehavior);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    return NexusHandlerFailureInfo;
                })();

                return v1;
            })();

            return failure;
        })();

        api.enums = (function() {

            const enums = {};

            enums.v1 = (function() {

                const v1 = {};

                v1.ApplicationErrorCategory = (function() {
                    const values = $Object.create(null);
                    values["APPLICATION_ERROR_CATEGORY_UNSPECIFIED"] = 0;
                    values["APPLICATION_ERROR_CATEGORY_BENIGN"] = 1;
                    return values;
                })();

                v1.TimeoutType = (function() {
                    const values = $Object.create(null);
                    values["TIMEOUT_TYPE_UNSPECIFIED"] = 0;
                    values["TIMEOUT_TYPE_START_TO_CLOSE"] = 1;
                    values["TIMEOUT_TYPE_SCHEDULE_TO_START"] = 2;
                    values["TIMEOUT_TYPE_SCHEDULE_TO_CLOSE"] = 3;
                    values["TIMEOUT_TYPE_HEARTBEAT"] = 4;
                    return values;
                })();

                v1.RetryState = (function() {
                    const values = $Object.create(null);
                    values["RETRY_STATE_UNSPECIFIED"] = 0;
                    values["RETRY_STATE_IN_PROGRESS"] = 1;
                    values["RETRY_STATE_NON_RETRYABLE_FAILURE"] = 2;
                    values["RETRY_STATE_TIMEOUT"] = 3;
                    values["RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED"] = 4;
                    values["RETRY_STATE_RETRY_POLICY_NOT_SET"] = 5;
                    values["RETRY_STATE_INTERNAL_SERVER_ERROR"] = 6;
                    values["RETRY_STATE_CANCEL_REQUESTED"] = 7;
                    return values;
                })();

                v1.NexusHandlerErrorRetryBehavior = (function() {
                    const values = $Object.create(null);
                    values["NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_UNSPECIFIED"] = 0;
                    values["NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_RETRYABLE"] = 1;
                    values["NEXUS_HANDLER_ERROR_RETRY_BEHAVIOR_NON_RETRYABLE"] = 2;
                    return values;
                })();

                v1.ContinueAsNewVersioningBehavior = (function() {
                    const values = $Object.create(null);
                    values["CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_UNSPECIFIED"] = 0;
                    values["CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_AUTO_UPGRADE"] = 1;
                    values["CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_USE_RAMPING_VERSION"] = 2;
                    return values;
                })();

                v1.WorkflowIdReusePolicy = (function() {
                    const values = $Object.create(null);
                    values["WORKFLOW_ID_REUSE_POLICY_UNSPECIFIED"] = 0;
                    values["WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE"] = 1;
                    values["WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY"] = 2;
                    values["WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE"] = 3;
                    values["WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING"] = 4;
                    return values;
                })();

                v1.VersioningBehavior = (function() {
                    const values = $Object.create(null);
                    values["VERSIONING_BEHAVIOR_UNSPECIFIED"] = 0;
                    values["VERSIONING_BEHAVIOR_PINNED"] = 1;
                    values["VERSIONING_BEHAVIOR_AUTO_UPGRADE"] = 2;
                    return values;
                })();

                v1.WorkflowTaskFailedCause = (function() {
                    const values = $Object.create(null);
                    values["WORKFLOW_TASK_FAILED_CAUSE_UNSPECIFIED"] = 0;
                    values["WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND"] = 1;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_ACTIVITY_ATTRIBUTES"] = 2;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES"] = 3;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_START_TIMER_ATTRIBUTES"] = 4;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_TIMER_ATTRIBUTES"] = 5;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_RECORD_MARKER_ATTRIBUTES"] = 6;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES"] = 7;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES"] = 8;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES"] = 9;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES"] = 10;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_CONTINUE_AS_NEW_ATTRIBUTES"] = 11;
                    values["WORKFLOW_TASK_FAILED_CAUSE_START_TIMER_DUPLICATE_ID"] = 12;
                    values["WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE"] = 13;
                    values["WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE"] = 14;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES"] = 15;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_START_CHILD_EXECUTION_ATTRIBUTES"] = 16;
                    values["WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND"] = 17;
                    values["WORKFLOW_TASK_FAILED_CAUSE_FAILOVER_CLOSE_COMMAND"] = 18;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_SIGNAL_INPUT_SIZE"] = 19;
                    values["WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW"] = 20;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_BINARY"] = 21;
                    values["WORKFLOW_TASK_FAILED_CAUSE_SCHEDULE_ACTIVITY_DUPLICATE_ID"] = 22;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES"] = 23;
                    values["WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"] = 24;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES"] = 25;
                    values["WORKFLOW_TASK_FAILED_CAUSE_PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED"] = 26;
                    values["WORKFLOW_TASK_FAILED_CAUSE_PENDING_ACTIVITIES_LIMIT_EXCEEDED"] = 27;
                    values["WORKFLOW_TASK_FAILED_CAUSE_PENDING_SIGNALS_LIMIT_EXCEEDED"] = 28;
                    values["WORKFLOW_TASK_FAILED_CAUSE_PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED"] = 29;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE"] = 30;
                    values["WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE"] = 31;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_SCHEDULE_NEXUS_OPERATION_ATTRIBUTES"] = 32;
                    values["WORKFLOW_TASK_FAILED_CAUSE_PENDING_NEXUS_OPERATIONS_LIMIT_EXCEEDED"] = 33;
                    values["WORKFLOW_TASK_FAILED_CAUSE_BAD_REQUEST_CANCEL_NEXUS_OPERATION_ATTRIBUTES"] = 34;
                    values["WORKFLOW_TASK_FAILED_CAUSE_FEATURE_DISABLED"] = 35;
                    values["WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE"] = 36;
                    values["WORKFLOW_TASK_FAILED_CAUSE_PAYLOADS_TOO_LARGE"] = 37;
                    values["WORKFLOW_TASK_FAILED_CAUSE_EXTERNAL_STORAGE_FAILURE"] = 38;
                    values["WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED"] = 39;
                    values["WORKFLOW_TASK_FAILED_CAUSE_REQUEST_TOO_LARGE"] = 40;
                    return values;
                })();

                return v1;
            })();

            return enums;
        })();

        return api;
    })();

    return temporal;
})();

export const google = $root.google = (() => {

    const google = {};

    google.protobuf = (function() {

        const protobuf = {};

        protobuf.Duration = (function() {

            const Duration = function (properties) {
                this.seconds = $util.Long.ZERO;
                this.nanos = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            Duration.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seconds != null && $Object.hasOwnProperty.call(message, "seconds") && (typeof message.seconds === "object" ? message.seconds.low || message.seconds.high : message.seconds !== 0))
                    writer.uint32(8).int64(message.seconds);
                if (message.nanos != null && $Object.hasOwnProperty.call(message, "nanos") && message.nanos !== 0)
                    writer.uint32(16).int32(message.nanos);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return Duration;
        })();

        protobuf.Timestamp = (function() {

            const Timestamp = function (properties) {
                this.seconds = $util.Long.ZERO;
                this.nanos = 0;
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };


            Timestamp.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.seconds != null && $Object.hasOwnProperty.call(message, "seconds") && (typeof message.seconds === "object" ? message.seconds.low || message.seconds.high : message.seconds !== 0))
                    writer.uint32(8).int64(message.seconds);
                if (message.nanos != null && $Object.hasOwnProperty.call(message, "nanos") && message.nanos !== 0)
                    writer.uint32(16).int32(message.nanos);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return Timestamp;
        })();

        protobuf.Empty = (function() {

            const Empty = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            Empty.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            return Empty;
        })();

        return protobuf;
    })();

    return google;
})();

export {
  $root as default
};
