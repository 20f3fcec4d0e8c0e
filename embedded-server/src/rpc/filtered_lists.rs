//! Lists of runs by filters instead of queries: the form that lists had before there were queries.
//!
//! As on the real server, a filter becomes a query, so that a quote in a name is refused as one in a query is.

use crate::{
    errors, rpc::visibility::list_workflow_executions, shared::Shared, time::from_timestamp,
    visibility::filter::status_name,
};
use temporalio_protos::temporal::api::{
    enums::v1::WorkflowExecutionStatus,
    filter::v1::StartTimeFilter,
    workflowservice::v1::{
        ListClosedWorkflowExecutionsRequest, ListClosedWorkflowExecutionsResponse,
        ListOpenWorkflowExecutionsRequest, ListOpenWorkflowExecutionsResponse,
        ListWorkflowExecutionsRequest, list_closed_workflow_executions_request as closed,
        list_open_workflow_executions_request as open,
    },
};
use tonic::Status;

pub async fn list_open_workflow_executions(
    shared: &Shared,
    request: ListOpenWorkflowExecutionsRequest,
) -> Result<ListOpenWorkflowExecutionsResponse, Status> {
    shared.state().namespace(&request.namespace)?;
    let mut conditions = vec!["ExecutionStatus = 'Running'".to_owned()];
    conditions.extend(in_time("StartTime", request.start_time_filter.as_ref())?);
    conditions.extend(request.filters.map(|filter| match filter {
        open::Filters::ExecutionFilter(filter) => of_workflow(&filter.workflow_id),
        open::Filters::TypeFilter(filter) => of_type(&filter.name),
    }));
    let request = ListWorkflowExecutionsRequest {
        namespace: request.namespace,
        page_size: request.maximum_page_size,
        next_page_token: request.next_page_token,
        query: conditions.join(" AND "),
    };
    let page = list_workflow_executions(shared, request).await?;
    Ok(ListOpenWorkflowExecutionsResponse {
        executions: page.executions,
        next_page_token: page.next_page_token,
    })
}

pub async fn list_closed_workflow_executions(
    shared: &Shared,
    request: ListClosedWorkflowExecutionsRequest,
) -> Result<ListClosedWorkflowExecutionsResponse, Status> {
    shared.state().namespace(&request.namespace)?;
    let mut conditions = vec!["ExecutionStatus != 'Running'".to_owned()];
    // The filter of starts is one of ends here.
    conditions.extend(in_time("CloseTime", request.start_time_filter.as_ref())?);
    match request.filters {
        None => {}
        Some(closed::Filters::ExecutionFilter(filter)) => {
            conditions.push(of_workflow(&filter.workflow_id));
        }
        Some(closed::Filters::TypeFilter(filter)) => conditions.push(of_type(&filter.name)),
        Some(closed::Filters::StatusFilter(filter)) => {
            conditions.push(of_status(filter.status)?);
        }
    }
    let request = ListWorkflowExecutionsRequest {
        namespace: request.namespace,
        page_size: request.maximum_page_size,
        next_page_token: request.next_page_token,
        query: conditions.join(" AND "),
    };
    let page = list_workflow_executions(shared, request).await?;
    Ok(ListClosedWorkflowExecutionsResponse {
        executions: page.executions,
        next_page_token: page.next_page_token,
    })
}

fn of_workflow(workflow_id: &str) -> String {
    format!("WorkflowId = '{workflow_id}'")
}

fn of_type(name: &str) -> String {
    format!("WorkflowType = '{name}'")
}

fn of_status(status: i32) -> Result<String, Status> {
    match WorkflowExecutionStatus::try_from(status) {
        Ok(WorkflowExecutionStatus::Unspecified | WorkflowExecutionStatus::Running) => Err(
            errors::invalid("StatusFilter must be specified and must be not Running."),
        ),
        Ok(status) => Ok(format!("ExecutionStatus = '{}'", status_name(status))),
        Err(_) => Ok(format!("ExecutionStatus = '{status}'")),
    }
}

/// The condition of a filter by time, if it has an end.
fn in_time(attribute: &str, filter: Option<&StartTimeFilter>) -> Result<Option<String>, Status> {
    let Some(filter) = filter else {
        return Ok(None);
    };
    Ok(match (filter.earliest_time, filter.latest_time) {
        (None, None) => None,
        (Some(from), None) => Some(format!("{attribute} >= '{from}'")),
        (None, Some(to)) => Some(format!("{attribute} <= '{to}'")),
        (Some(from), Some(to)) => {
            if from_timestamp(&from) > from_timestamp(&to) {
                return Err(errors::invalid(
                    "EarliestTime in StartTimeFilter should not be larger than LatestTime.",
                ));
            }
            Some(format!("{attribute} BETWEEN '{from}' AND '{to}'"))
        }
    })
}
