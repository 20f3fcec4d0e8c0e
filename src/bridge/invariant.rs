//! Checks of what the code takes for granted.

/// Panics if an invariant does not hold, in tests and in debug builds. Costs nothing in others.
macro_rules! invariant {
    ($($check:tt)*) => {
        if cfg!(any(test, debug_assertions)) {
            assert!($($check)*);
        }
    };
}

pub(crate) use invariant;
