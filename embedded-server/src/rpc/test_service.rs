//! The test service: reads the server's time, and lets it skip.

use crate::{
    config::TimeMode,
    shared::Shared,
    state::timers::Timer,
    time::{Nanos, from_timestamp, nanos, timestamp},
};
use temporalio_protos::temporal::api::testservice::v1::{
    GetCurrentTimeResponse, LockTimeSkippingRequest, LockTimeSkippingResponse, SleepRequest,
    SleepResponse, SleepUntilRequest, UnlockTimeSkippingRequest, UnlockTimeSkippingResponse,
};
use tokio::sync::oneshot;
use tonic::Status;

pub async fn get_current_time(
    shared: &Shared,
    _request: (),
) -> Result<GetCurrentTimeResponse, Status> {
    Ok(GetCurrentTimeResponse {
        time: Some(timestamp(shared.state().now())),
    })
}

pub async fn lock_time_skipping(
    shared: &Shared,
    _request: LockTimeSkippingRequest,
) -> Result<LockTimeSkippingResponse, Status> {
    shared.state().skipping_locks += 1;
    Ok(LockTimeSkippingResponse {})
}

fn unlock(shared: &Shared) -> Result<(), Status> {
    let mut state = shared.state();
    if state.time_mode == TimeMode::Real {
        return Ok(());
    }
    // Where time skips unasked, a client may unlock it all the same before it locks it again.
    if state.time_mode == TimeMode::Locked && state.skipping_locks == 0 {
        return Err(Status::failed_precondition(
            "Time skipping is not locked: every unlock needs a lock before it",
        ));
    }
    state.skipping_locks -= 1;
    Ok(())
}

pub async fn unlock_time_skipping(
    shared: &Shared,
    _request: UnlockTimeSkippingRequest,
) -> Result<UnlockTimeSkippingResponse, Status> {
    unlock(shared)?;
    Ok(UnlockTimeSkippingResponse {})
}

/// Waits until a time has come. `relocks`: skipping is locked again at that very time.
async fn wait_until(shared: &Shared, at: Nanos, relocks: bool) {
    let woken = {
        let mut state = shared.state();
        let (wake, woken) = oneshot::channel();
        state.timers.add(at, Timer::Sleep { wake, relocks });
        if relocks {
            state.skipping_locks -= 1;
        }
        woken
    };
    // The sender is dropped only with the server.
    let _ = woken.await;
}

pub async fn sleep(shared: &Shared, request: SleepRequest) -> Result<SleepResponse, Status> {
    let duration = nanos(request.duration.as_ref());
    let at = shared.state().now().saturating_add(duration);
    wait_until(shared, at, false).await;
    Ok(SleepResponse {})
}

pub async fn sleep_until(
    shared: &Shared,
    request: SleepUntilRequest,
) -> Result<SleepResponse, Status> {
    let at = request.timestamp.as_ref().map_or(0, from_timestamp);
    wait_until(shared, at, false).await;
    Ok(SleepResponse {})
}

pub async fn unlock_time_skipping_with_sleep(
    shared: &Shared,
    request: SleepRequest,
) -> Result<SleepResponse, Status> {
    let duration = nanos(request.duration.as_ref());
    let (at, is_locked) = {
        let state = shared.state();
        let is_locked = state.time_mode != TimeMode::Real && state.skipping_locks > 0;
        (state.now().saturating_add(duration), is_locked)
    };
    // Where skipping is not locked, or never happens, there is nothing to unlock.
    wait_until(shared, at, is_locked).await;
    Ok(SleepResponse {})
}
