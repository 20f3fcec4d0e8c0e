//! Retry policies: whether something is tried again, and after which time.

use crate::time::{Nanos, SECOND, duration, nanos};
use temporalio_protos::temporal::api::{
    common::v1::RetryPolicy,
    enums::v1::{RetryState, TimeoutType},
    failure::v1::{Failure, failure::FailureInfo},
};

/// The intervals of a policy that sets none.
const INITIAL_INTERVAL: Nanos = SECOND;
const COEFFICIENT: f64 = 2.0;
const MAXIMUM_OF_INITIAL: Nanos = 100;

/// Fills in what a policy leaves to the server.
pub fn with_defaults(mut policy: RetryPolicy) -> RetryPolicy {
    if nanos(policy.initial_interval.as_ref()) == 0 {
        policy.initial_interval = Some(duration(INITIAL_INTERVAL));
    }
    if policy.backoff_coefficient == 0.0 {
        policy.backoff_coefficient = COEFFICIENT;
    }
    if nanos(policy.maximum_interval.as_ref()) == 0 {
        let initial = nanos(policy.initial_interval.as_ref());
        policy.maximum_interval = Some(duration(initial.saturating_mul(MAXIMUM_OF_INITIAL)));
    }
    policy
}

/// The error of a policy that cannot be.
pub fn check(policy: &RetryPolicy) -> Result<(), String> {
    let initial = nanos(policy.initial_interval.as_ref());
    let maximum = nanos(policy.maximum_interval.as_ref());
    if initial < 0 {
        return Err("invalid InitialInterval set on retry policy: negative duration".to_owned());
    }
    if policy.backoff_coefficient != 0.0 && policy.backoff_coefficient < 1.0 {
        return Err("BackoffCoefficient cannot be less than 1 on retry policy.".to_owned());
    }
    if maximum < 0 {
        return Err("invalid MaximumInterval set on retry policy: negative duration".to_owned());
    }
    if maximum > 0 && maximum < initial {
        return Err(
            "MaximumInterval cannot be less than InitialInterval on retry policy.".to_owned(),
        );
    }
    if policy.maximum_attempts < 0 {
        return Err("MaximumAttempts cannot be negative on retry policy.".to_owned());
    }
    Ok(())
}

/// The time until the attempt after `attempt`, which failed at `now`, or the reason why there is none.
///
/// `until` is the time after which none starts; 0 for no limit.
pub fn next_attempt(
    policy: Option<&RetryPolicy>,
    attempt: i32,
    failure: &Failure,
    now: Nanos,
    until: Nanos,
) -> Result<Nanos, RetryState> {
    let Some(policy) = policy else {
        return Err(RetryState::RetryPolicyNotSet);
    };
    if !is_retryable(failure, &policy.non_retryable_error_types) {
        return Err(RetryState::NonRetryableFailure);
    }
    if policy.maximum_attempts > 0 && attempt >= policy.maximum_attempts {
        return Err(RetryState::MaximumAttemptsReached);
    }
    let mut interval = interval(policy, attempt);
    if let Some(FailureInfo::ApplicationFailureInfo(info)) = &failure.failure_info
        && let Some(delay) = &info.next_retry_delay
    {
        interval = nanos(Some(delay));
    }
    if until > 0 && now.saturating_add(interval) > until {
        return Err(RetryState::Timeout);
    }
    Ok(interval)
}

/// The time between an attempt and the next one.
pub fn interval(policy: &RetryPolicy, attempt: i32) -> Nanos {
    let initial = nanos(policy.initial_interval.as_ref()) as f64;
    let maximum = nanos(policy.maximum_interval.as_ref());
    let grown = initial * policy.backoff_coefficient.powi(attempt - 1);
    let interval = if grown >= Nanos::MAX as f64 {
        Nanos::MAX
    } else {
        grown as Nanos
    };
    if maximum > 0 {
        interval.min(maximum)
    } else {
        interval
    }
}

fn is_retryable(failure: &Failure, non_retryable_types: &[String]) -> bool {
    match &failure.failure_info {
        Some(FailureInfo::TerminatedFailureInfo(_) | FailureInfo::CanceledFailureInfo(_)) => false,
        Some(FailureInfo::TimeoutFailureInfo(info)) => {
            matches!(
                info.timeout_type(),
                TimeoutType::StartToClose | TimeoutType::Heartbeat
            ) && !non_retryable_types.contains(&format!(
                "TemporalTimeout:{}",
                timeout_name(info.timeout_type())
            ))
        }
        Some(FailureInfo::ServerFailureInfo(info)) => !info.non_retryable,
        Some(FailureInfo::ApplicationFailureInfo(info)) => {
            !info.non_retryable && !non_retryable_types.contains(&info.r#type)
        }
        _ => true,
    }
}

/// A timeout's name, as in messages and in the types that are not tried again.
pub fn timeout_name(timeout: TimeoutType) -> &'static str {
    match timeout {
        TimeoutType::StartToClose => "StartToClose",
        TimeoutType::ScheduleToStart => "ScheduleToStart",
        TimeoutType::ScheduleToClose => "ScheduleToClose",
        TimeoutType::Heartbeat => "Heartbeat",
        TimeoutType::Unspecified => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use temporalio_protos::temporal::api::failure::v1::ApplicationFailureInfo;

    fn failure(error_type: &str, next: Option<Nanos>) -> Failure {
        Failure {
            failure_info: Some(FailureInfo::ApplicationFailureInfo(
                ApplicationFailureInfo {
                    r#type: error_type.to_owned(),
                    next_retry_delay: next.map(duration),
                    ..Default::default()
                },
            )),
            ..Default::default()
        }
    }

    fn policy() -> RetryPolicy {
        with_defaults(RetryPolicy {
            maximum_attempts: 9,
            non_retryable_error_types: vec!["Fatal".to_owned()],
            ..Default::default()
        })
    }

    #[test]
    fn intervals_grow_up_to_the_maximum() {
        let next = |attempt| next_attempt(Some(&policy()), attempt, &failure("E", None), 0, 0);
        assert_eq!(next(1), Ok(SECOND));
        assert_eq!(next(4), Ok(8 * SECOND));
        assert_eq!(next(8), Ok(100 * SECOND));
        assert_eq!(next(9), Err(RetryState::MaximumAttemptsReached));
    }

    #[test]
    fn a_failure_may_say_when_or_whether_it_is_tried_again() {
        let next = |failure: &Failure, until| next_attempt(Some(&policy()), 1, failure, 0, until);
        assert_eq!(next(&failure("E", Some(7)), 0), Ok(7));
        assert_eq!(
            next(&failure("Fatal", None), 0),
            Err(RetryState::NonRetryableFailure)
        );
        assert_eq!(
            next(&failure("E", None), SECOND - 1),
            Err(RetryState::Timeout)
        );
        assert_eq!(
            next_attempt(None, 1, &failure("E", None), 0, 0),
            Err(RetryState::RetryPolicyNotSet)
        );
    }
}
